import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { noteVariable } from './environment.js'
import { parseOptions } from './options.js'
import type { Call, Shell } from './shell.js'
import { assign, changeFolder, literal, type ShellState, UNKNOWN_VALUE } from './state.js'
import { type Wrapper, WRAPPERS } from './wrapper-table.js'

/** What a wrapper starts: a program with its words, or a script. */
export type Wrapped =
  | { readonly kind: 'command'; readonly argv: readonly Argument[]; readonly state: ShellState }
  | { readonly kind: 'script'; readonly source: string; readonly state: ShellState }

/** What `program` starts where it is one that starts others (`sudo`, `env`, `timeout` ...); else undefined. */
export function unwrap(program: string, call: Call, shell: Shell): Wrapped | undefined {
  const wrapper = WRAPPERS.get(program)
  if (wrapper === undefined) return undefined
  let argv = call.argv
  if (wrapper.verbs !== undefined) {
    const verb = argv.findIndex((word) => wrapper.verbs?.includes(word.text))
    if (verb < 0) return undefined
    argv = argv.slice(verb)
  }
  const { flags, operands } = parseOptions(argv, {
    values: [...(wrapper.values ?? []), ...(wrapper.script ?? [])],
    posix: wrapper.permutes !== true,
  })
  // `command -v rm` only asks where a program is.
  if (program === 'command' && (flags.has('v') || flags.has('V'))) return undefined
  let state: ShellState = wrapper.remote === true ? { ...call.state, remote: true, cwds: undefined } : call.state
  for (const name of wrapper.folder ?? []) {
    const folder = flags.get(name)
    if (folder !== undefined) state = changeFolder(state, literal(folder))
  }
  let rest = operands
  // `env - rm`: a dash alone means an empty environment.
  if (program === 'env' && rest[0]?.text === '-') rest = rest.slice(1)
  if (wrapper.environment === true) ({ rest, state } = takeVariables(rest, state, shell))
  for (const name of wrapper.script ?? []) {
    const source = flags.get(name)
    if (source === undefined) continue
    // `env -S 'rm -rf' /`: what follows belongs to the words of the string.
    if (program === 'env') {
      const words = takeVariables([...splitWords(source), ...rest], state, shell)
      return { kind: 'command', argv: words.rest, state: words.state }
    }
    return { kind: 'script', source, state }
  }
  if (program === 'nix') {
    const at = argv.findIndex((word) => /^(-c|--command)$/.test(word.text))
    return at < 0 ? undefined : { kind: 'command', argv: argv.slice(at + 1), state }
  }
  rest = behindDashes(argv, wrapper) ?? rest.slice(wrapper.operands ?? 0)
  // `flock file -c script`: here the flag may stand behind the operand as well.
  if (
    wrapper.script?.includes('c') === true &&
    /^(-[a-z]*c|--command)$/.test(rest[0]?.text ?? '') &&
    rest[1]?.known === true
  )
    return { kind: 'script', source: rest[1].text, state }
  // What lvm is told holds for the command that it is.
  if (program === 'lvm' && (flags.has('test') || flags.has('t'))) rest = [...rest, literal('--test')]
  if (wrapper.joins === true && rest.length > 0 && rest.every((word) => word.known))
    return { kind: 'script', source: rest.map((word) => word.text).join(' '), state }
  return { kind: 'command', argv: rest, state }
}

// `kubectl exec pod -it -- rm`: options may stand before and behind the operands.
function behindDashes(argv: readonly Argument[], wrapper: Wrapper): readonly Argument[] | undefined {
  if (wrapper.dashes !== true) return undefined
  const at = argv.findIndex((word) => word.text === '--')
  return at < 0 ? undefined : argv.slice(at + 1)
}

function takeVariables(
  words: readonly Argument[],
  state: ShellState,
  shell: Shell,
): { readonly rest: readonly Argument[]; readonly state: ShellState } {
  let rest = words
  let next = state
  while (rest[0] !== undefined && /^[A-Za-z_]\w*=/.test(rest[0].text)) {
    const { text, known } = rest[0]
    const equals = text.indexOf('=')
    const name = text.slice(0, equals)
    const value = { text: text.slice(equals + 1), known, glob: false }
    noteVariable(name, value, { state, shell })
    next = assign(next, name, known ? [value] : UNKNOWN_VALUE)
    rest = rest.slice(1)
  }
  return { rest, state: next }
}

function splitWords(source: string): readonly Argument[] {
  // `env -S` has no assignments of its own: they are words that env reads.
  const command = parse(`: ${source}`).commands[0]?.command
  if (command?.type !== 'Command') return []
  return command.args.map((word) => literal(word.type === 'Word' ? word.value : word.text))
}
