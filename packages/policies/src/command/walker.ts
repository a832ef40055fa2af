import {
  type AndOr,
  type CommandNode,
  type CompoundList,
  forEachChild,
  type Function as FunctionNode,
  parse,
  type ParsedScript,
  type Pipeline,
  type Redirection,
  type Script,
  type Statement,
  type SyntaxNode,
  type Word,
} from 'unbash'
import type { AnalysisError, Argument, OpaqueKind, OpaquePart, PathUse, SimpleCommand } from './analysis.js'
import { type SubstitutionVisitor, Expansion } from './expansion.js'
import { followRedirects, inputOf, type Redirected } from './redirect.js'
import { isForkBomb, isSelfPipe } from './fork-bomb.js'
import { walkCase, walkFor, walkIf, walkLoop, walkWhile } from './compound.js'
import { dispatch } from './dispatch.js'
import { runSimple } from './simple.js'
import type { Call, Shell } from './shell.js'
import { afterwards, concat, either, type Flow, type Input, same, sequence, type ShellState } from './state.js'

/** A script asks for more than any honest one does. */
export class LimitReached extends Error {
  readonly problem: AnalysisError

  constructor(problem: AnalysisError) {
    super(problem.message)
    this.problem = problem
  }
}

const MAX_WORK = 5_000
const MAX_DEPTH = 64
const MAX_TEXT = 80
const NO_INPUT: Input = { kind: 'none' }

/** Walks a script to its innermost commands and records what they would do. */
export class Walker implements Shell, SubstitutionVisitor {
  readonly commands: SimpleCommand[] = []
  readonly uses: PathUse[] = []
  readonly opaqueParts: OpaquePart[] = []
  readonly errors: AnalysisError[] = []
  forkBomb = false
  #work = 0
  #depth = 0
  #download = false
  #process: Call['process']
  readonly #functions = new Set<FunctionNode>()
  readonly #called = new Set<FunctionNode>()
  readonly #running = new Set<FunctionNode>()

  spend(units: number): void {
    this.#work += units
    if (this.#work > MAX_WORK)
      throw new LimitReached({
        kind: 'too_many_commands',
        message: `the script has more than ${MAX_WORK} words and commands to follow; split it`,
      })
  }

  nested(source: string, state: ShellState, input: Input = NO_INPUT): Flow {
    if (source.trim() === '') return same(state, '')
    return this.script(parse(source), state, input)
  }

  script(script: Script & Pick<ParsedScript, 'errors'>, state: ShellState, input: Input = NO_INPUT): Flow {
    const error = script.errors?.[0]
    if (error !== undefined)
      this.errors.push({ kind: 'unparseable', message: `not a shell script that can be read: ${error.message}` })
    return this.deeper(() => this.#statements(script.commands, state, input))
  }

  /** Functions that nothing calls by name may still be run in ways that are not seen. */
  finish(state: ShellState): void {
    for (const node of this.#functions)
      if (!this.#called.has(node)) this.call(node, { ...state, positional: undefined }, NO_INPUT)
  }

  call(node: FunctionNode, state: ShellState, input: Input): Flow {
    this.#called.add(node)
    if (this.#running.has(node)) return same(state)
    this.#running.add(node)
    const flow = this.deeper(() =>
      node.body.type === 'CompoundList' ? this.list(node.body, state, input) : this.#command(node.body, state, input),
    )
    this.#running.delete(node)
    const back = (after: ShellState | undefined): ShellState | undefined =>
      after === undefined ? state : { ...after, positional: state.positional }
    return { ...flow, ok: back(flow.ok), fail: back(flow.fail) }
  }

  dispatch(call: Call): Flow {
    return this.deeper(() => dispatch(call, this))
  }

  record(command: SimpleCommand): void {
    this.spend(1)
    this.commands.push(command)
  }

  use(use: PathUse): void {
    this.spend(1)
    this.uses.push(use)
  }

  opaque(kind: OpaqueKind, text: string): void {
    this.opaqueParts.push({ kind, text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text })
  }

  expand(words: readonly Word[], state: ShellState): readonly Argument[] {
    const expansion = new Expansion(state, this)
    return words.flatMap((word) => expansion.expand(word))
  }

  substitute(script: ParsedScript | undefined, state: ShellState): string | undefined {
    if (script === undefined) return undefined
    const before = this.#download
    const flow = this.script(script, state)
    this.#download = before || flow.download
    return flow.out?.replace(/\n+$/, '')
  }

  process(script: ParsedScript | undefined, state: ShellState): void {
    if (script === undefined) return
    const flow = this.script(script, state)
    this.#process = { out: flow.out, download: flow.download }
  }

  resetSubstitutions(): void {
    this.#download = false
    this.#process = undefined
  }

  /** What the substitutions since the last reset did. */
  substituted(): Pick<Call, 'download' | 'process'> {
    return { download: this.#download, process: this.#process }
  }

  /** Redirections of a command: files are recorded, and what it then reads is returned. */
  redirect(redirects: readonly Redirection[], state: ShellState, input: Input): Redirected {
    return redirects.length === 0
      ? { input, silent: false }
      : followRedirects(redirects, { state, input, walker: this })
  }

  deeper(walk: () => Flow): Flow {
    this.#depth += 1
    if (this.#depth > MAX_DEPTH * 4)
      throw new LimitReached({
        kind: 'too_deep',
        message: `the script nests deeper than ${MAX_DEPTH} levels; flatten it`,
      })
    this.spend(1)
    try {
      return walk()
    } finally {
      this.#depth -= 1
    }
  }

  list(list: CompoundList, state: ShellState, input: Input): Flow {
    return this.#statements(list.commands, state, input)
  }

  #statements(statements: readonly Statement[], state: ShellState, input: Input): Flow {
    let flow = same(state, '')
    let current: ShellState = state
    for (const statement of statements) {
      const next = this.#statement(statement, current, input)
      flow = sequence(flow, next)
      // After `exit` the rest does not run; it is still walked, as if it did.
      current = afterwards(next) ?? current
    }
    return flow
  }

  #statement(statement: Statement, state: ShellState, input: Input): Flow {
    const flow = this.#node(statement.command, state, input)
    return statement.background === true ? { ...flow, ok: state, fail: state } : flow
  }

  #node(node: Statement['command'], state: ShellState, input: Input): Flow {
    if (node.type === 'AndOr') return this.#andOr(node, state, input)
    if (node.type === 'Pipeline') return this.#pipeline(node, state, input)
    return this.#command(node, state, input)
  }

  #andOr(node: AndOr, state: ShellState, input: Input): Flow {
    let flow: Flow | undefined
    node.commands.forEach((command, index) => {
      if (flow === undefined) {
        flow = this.#node(command, state, input)
        return
      }
      const and = node.operators[index - 1] === '&&'
      const before: Flow = flow
      const start = (and ? before.ok : before.fail) ?? before.ok ?? before.fail ?? state
      const next = this.#node(command, start, input)
      flow = {
        ok: and ? next.ok : either(before.ok, next.ok),
        fail: and ? either(before.fail, next.fail) : next.fail,
        out: and || before.fail === undefined ? concat(before.out, next.out) : undefined,
        download: before.download || next.download,
      }
    })
    return flow ?? same(state, '')
  }

  #pipeline(node: Pipeline, state: ShellState, input: Input): Flow {
    if (isSelfPipe(node)) this.forkBomb = true
    const negated = node.prefixes.some((prefix) => prefix.type === 'Negation')
    let flow = same(state, '')
    let stdin = input
    let download = false
    for (const command of node.commands) {
      flow = this.#command(command, state, stdin)
      download ||= flow.download
      stdin = inputOf({ out: flow.out, download })
    }
    if (node.commands.length > 1) flow = { ok: state, fail: state, out: flow.out, download }
    return negated ? { ...flow, ok: flow.fail, fail: flow.ok } : flow
  }

  #command(node: CommandNode, state: ShellState, input: Input): Flow {
    const at = { state, input }
    switch (node.type) {
      case 'Command':
        return this.deeper(() => runSimple(node, { state, input }, this))
      case 'Redirected': {
        const redirected = this.redirect(node.redirects, state, input)
        const flow = this.#command(node.command, state, redirected.input)
        return redirected.silent ? { ...flow, out: '', download: false } : flow
      }
      case 'BraceGroup':
        return this.deeper(() => this.list(node.body, state, input))
      case 'Subshell': {
        const flow = this.deeper(() => this.list(node.body, state, input))
        return { ...flow, ok: state, fail: state }
      }
      case 'If':
        return this.deeper(() => walkIf(node, at, this))
      case 'For':
      case 'Select':
        return this.deeper(() => walkFor(node, at, this))
      case 'While':
        return walkWhile(node, at, this)
      case 'ArithmeticFor':
        return walkLoop(node, at, { walker: this, body: (entry) => this.list(node.body, entry, input) })
      case 'Case':
        return walkCase(node, at, this)
      case 'Function':
        if (isForkBomb(node)) this.forkBomb = true
        this.#functions.add(node)
        return same({ ...state, functions: new Map(state.functions).set(node.name.value, node) }, '')
      case 'Coproc': {
        if (node.body.type === 'CompoundList') this.list(node.body, state, input)
        else this.#command(node.body, state, input)
        return same(state, '')
      }
      default:
        forEachChild(node, (child) => {
          this.visit(child, state)
        })
        return same(state, '')
    }
  }

  /** Walks the scripts inside a word or expression that is not expanded itself. */
  visit(node: SyntaxNode, state: ShellState): void {
    if (
      node.type === 'CommandExpansion' ||
      node.type === 'ProcessSubstitution' ||
      node.type === 'ArithmeticCommandExpansion'
    ) {
      if (node.script !== undefined) this.script(node.script, state)
      return
    }
    this.spend(1)
    forEachChild(node, (child) => {
      this.visit(child, state)
    })
  }
}
