import type { Assignment, Command } from 'unbash'
import type { Argument } from './analysis.js'
import { Expansion } from './expansion.js'
import { noteVariable } from './environment.js'
import { decodes } from './output.js'
import { assign, type Flow, literal, same, type ShellState, UNKNOWN_VALUE } from './state.js'
import type { At } from './statements.js'
import type { Walker } from './walker.js'

/** Runs one simple command: redirections, assignments, words, then the program. */
export function runSimple(node: Command, { state, input }: At, walker: Walker): Flow {
  walker.resetSubstitutions()
  const redirected = walker.redirect(node.redirects, state, input)
  const expansion = new Expansion(redirected.state, walker)
  const argv: Argument[] = node.name === undefined ? [] : [...expansion.expand(node.name)]
  for (const argument of node.args)
    argv.push(...(argument.type === 'Word' ? expansion.expand(argument) : [assignmentWord(argument, expansion)]))

  const names: string[] = []
  for (const one of node.prefix) {
    if (one.type !== 'Assignment') continue
    names.push(one.name)
    // Each one copies what is known of the variables.
    walker.spend(2)
    const value = assignedValue(one, expansion)
    expansion.state = assign(expansion.state, one.name, value)
    noteVariable(one.name, value[0], { state, shell: walker })
  }
  // Without a program redirections only open files; behind `exec` they stay open.
  if (argv.length === 0) {
    redirected.keep(same(state, ''), walker)
    return same(expansion.state, '')
  }
  const { descriptors } = redirected
  if (argv.length === 1 && argv[0]?.text === 'exec') return same({ ...expansion.state, descriptors }, '')

  const call = { argv, state: { ...expansion.state, descriptors }, input: redirected.input, ...walker.substituted() }
  const flow = walker.dispatch(call)
  redirected.keep(flow, walker, decodes(argv))
  const silent = redirected.silent ? { out: '', download: false } : {}
  const restore = (after: ShellState | undefined): ShellState | undefined =>
    after === undefined ? undefined : withoutPrefix({ ...after, descriptors: state.descriptors }, names, state)
  return { ...flow, ...silent, ok: restore(flow.ok), fail: restore(flow.fail) }
}

/** `NAME=value` as an operand of `export` and its like. */
function assignmentWord(node: Assignment, expansion: Expansion): Argument {
  const [value] = assignedValue(node, expansion)
  const text = value?.known === true ? value.text : ''
  return { text: `${node.name}=${text}`, known: value?.known ?? false, glob: value?.glob ?? false }
}

function assignedValue(node: Assignment, expansion: Expansion): readonly Argument[] {
  if (node.index !== undefined) {
    expansion.expand(node.index)
    if (node.value.type === 'Word') expansion.expand(node.value)
    return UNKNOWN_VALUE
  }
  const before = expansion.state.variables.get(node.name)
  if (node.value.type === 'ArrayValue') {
    const elements = node.value.elements.flatMap((element) => expansion.expand(element))
    return node.append === true ? [...(before ?? []), ...elements] : elements
  }
  const value = expansion.expandOne(node.value)
  if (node.append !== true) return [value]
  const old = before?.[0]
  return old?.known === true && value.known ? [literal(old.text + value.text)] : UNKNOWN_VALUE
}

// An assignment before a program's name holds for that program only.
function withoutPrefix(after: ShellState, names: readonly string[], before: ShellState): ShellState {
  if (names.length === 0) return after
  const variables = new Map(after.variables)
  for (const name of names) {
    const value = before.variables.get(name)
    if (value === undefined) variables.delete(name)
    else variables.set(name, value)
  }
  return { ...after, variables }
}
