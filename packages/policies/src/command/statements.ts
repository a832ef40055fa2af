import { type AndOr, type CommandNode, forEachChild, type Pipeline, type Statement } from 'unbash'
import { walkCase, walkFor, walkIf, walkLoop, walkWhile } from './compound.js'
import { isSelfPipe, startsWithoutEnd } from './fork-bomb.js'
import { inputOf } from './redirect.js'
import { runSimple } from './simple.js'
import { afterwards, concat, either, type Flow, type Input, same, sequence, type ShellState } from './state.js'
import type { Walker } from './walker.js'

/** What holds where a node of the script begins. */
export interface At {
  readonly state: ShellState
  readonly input: Input
}

/** Walks statements one behind the other. */
export function walkStatements(statements: readonly Statement[], { state, input }: At, walker: Walker): Flow {
  let flow = same(state, '')
  let current: ShellState = state
  for (const statement of statements) {
    const next = walkStatement(statement, { state: current, input }, walker)
    flow = sequence(flow, next)
    // After `exit` the rest does not run; it is still walked, as if it did.
    current = afterwards(next) ?? current
  }
  return flow
}

function walkStatement(statement: Statement, at: At, walker: Walker): Flow {
  const flow = walkNode(statement.command, at, walker)
  return statement.background === true ? { ...flow, ok: at.state, fail: at.state } : flow
}

function walkNode(node: Statement['command'], at: At, walker: Walker): Flow {
  if (node.type === 'AndOr') return walkAndOr(node, at, walker)
  if (node.type === 'Pipeline') return walkPipeline(node, at, walker)
  return walkCommand(node, at, walker)
}

function walkAndOr(node: AndOr, { state, input }: At, walker: Walker): Flow {
  let flow: Flow | undefined
  node.commands.forEach((command, index) => {
    if (flow === undefined) {
      flow = walkNode(command, { state, input }, walker)
      return
    }
    const and = node.operators[index - 1] === '&&'
    const before: Flow = flow
    const start = (and ? before.ok : before.fail) ?? before.ok ?? before.fail ?? state
    const next = walkNode(command, { state: start, input }, walker)
    flow = {
      ok: and ? next.ok : either(before.ok, next.ok),
      fail: and ? either(before.fail, next.fail) : next.fail,
      out: and || before.fail === undefined ? concat(before.out, next.out) : undefined,
      download: before.download || next.download,
    }
  })
  return flow ?? same(state, '')
}

function walkPipeline(node: Pipeline, { state, input }: At, walker: Walker): Flow {
  if (isSelfPipe(node)) walker.forkBomb = true
  const negated = node.prefixes.some((prefix) => prefix.type === 'Negation')
  let flow = same(state, '')
  let stdin = input
  let download = false
  for (const command of node.commands) {
    flow = walkCommand(command, { state, input: stdin }, walker)
    download ||= flow.download
    stdin = inputOf({ out: flow.out, download })
  }
  if (node.commands.length > 1) flow = { ok: state, fail: state, out: flow.out, download }
  return negated ? { ...flow, ok: flow.fail, fail: flow.ok } : flow
}

/** Walks one command, simple or compound. */
export function walkCommand(node: CommandNode, at: At, walker: Walker): Flow {
  const { state, input } = at
  switch (node.type) {
    case 'Command':
      return walker.deeper(() => runSimple(node, at, walker))
    case 'Redirected': {
      const redirected = walker.redirect(node.redirects, state, input)
      const inside = { ...redirected.state, descriptors: redirected.descriptors }
      const flow = walkCommand(node.command, { state: inside, input: redirected.input }, walker)
      redirected.keep(flow, walker)
      const outside = (after: ShellState | undefined): ShellState | undefined =>
        after === undefined ? undefined : { ...after, descriptors: state.descriptors }
      const done = { ...flow, ok: outside(flow.ok), fail: outside(flow.fail) }
      return redirected.silent ? { ...done, out: '', download: false } : done
    }
    case 'BraceGroup':
      return walker.deeper(() => walker.list(node.body, state, input))
    case 'Subshell': {
      const flow = walker.deeper(() => walker.list(node.body, state, input))
      return { ...flow, ok: state, fail: state }
    }
    case 'If':
      return walker.deeper(() => walkIf(node, at, walker))
    case 'For':
    case 'Select':
      return walker.deeper(() => walkFor(node, at, walker))
    case 'While':
      if (startsWithoutEnd(node)) walker.forkBomb = true
      return walkWhile(node, at, walker)
    case 'ArithmeticFor':
      if (startsWithoutEnd(node)) walker.forkBomb = true
      return walkLoop(node, at, { walker, body: (entry) => walker.list(node.body, entry, input) })
    case 'Case':
      return walkCase(node, at, walker)
    case 'Function':
      walker.define(node)
      return same({ ...state, functions: new Map(state.functions).set(node.name.value, node) }, '')
    case 'Coproc': {
      if (node.body.type === 'CompoundList') walker.list(node.body, state, input)
      else walkCommand(node.body, at, walker)
      return same(state, '')
    }
    default:
      forEachChild(node, (child) => {
        walker.visit(child, state)
      })
      return same(state, '')
  }
}
