import type { Case, CommandNode, If, SyntaxNode, While } from 'unbash'
import { assignedNames, changesFolder } from './loop.js'
import { afterwards, assign, branched, type Flow, forget, same, sequence, type ShellState } from './state.js'
import type { At } from './statements.js'
import type { Walker } from './walker.js'

// A loop over this few known words is walked word by word.
const MAX_UNROLLED = 16

export function walkIf(node: If, { state, input }: At, walker: Walker): Flow {
  const clause = walker.list(node.clause, state, input)
  let result = walker.list(node.then, clause.ok ?? state, input)
  let otherwise = clause.fail ?? state
  for (const branch of node.elif) {
    const test = walker.list(branch.clause, otherwise, input)
    result = branched(result, walker.list(branch.then, test.ok ?? otherwise, input))
    otherwise = test.fail ?? otherwise
  }
  return branched(result, node.else === undefined ? same(otherwise, '') : walker.list(node.else, otherwise, input))
}

export function walkCase(node: Case, { state, input }: At, walker: Walker): Flow {
  walker.visit(node.word, state)
  let result: Flow = same(state, '')
  for (const item of node.items) {
    for (const pattern of item.pattern) walker.visit(pattern, state)
    const body = walker.deeper(() => walker.list(item.body, state, input))
    result = branched(result, body)
  }
  return result
}

export function walkWhile(node: While, at: At, walker: Walker): Flow {
  const body = (entry: ShellState): Flow => {
    const clause = walker.list(node.clause, entry, at.input)
    return branched({ ...clause, out: undefined }, walker.list(node.body, clause.ok ?? entry, at.input))
  }
  return walkLoop(node, at, { walker, body })
}

export function walkFor(node: Extract<CommandNode, { type: 'For' | 'Select' }>, at: At, walker: Walker): Flow {
  const { state, input } = at
  const name = node.name.value
  const values = node.wordlist === undefined ? state.positional : walker.expand(node.wordlist, state)
  const known = values !== undefined && values.length <= MAX_UNROLLED && values.every((value) => value.known)
  if (!known) {
    const body = (entry: ShellState): Flow => walker.list(node.body, forget(entry, new Set([name])), input)
    return walkLoop(node, at, { walker, body })
  }
  let flow: Flow = same(state, '')
  let current = state
  for (const value of values) {
    const next = walker.list(node.body, assign(current, name, [value]), input)
    flow = sequence(flow, next)
    current = afterwards(next) ?? current
  }
  return flow
}

/** A loop runs any number of times: what its body changes is unknown from the start. */
export function walkLoop(
  node: SyntaxNode,
  { state }: At,
  { walker, body }: { walker: Walker; body: (entry: ShellState) => Flow },
): Flow {
  return walker.deeper(() => {
    const entry = forget(state, assignedNames(node))
    const first = body(entry)
    const flow = changesFolder(node) ? branched(first, body({ ...entry, cwds: undefined })) : first
    return branched({ ...same(entry), out: undefined }, flow)
  })
}
