import {
  type CompoundList,
  forEachChild,
  type Function as FunctionNode,
  parse,
  type ParsedScript,
  type ProcessSubstitutionPart,
  type Redirection,
  type Script,
  type SyntaxNode,
  type Word,
} from 'unbash'
import { posix } from 'node:path'
import type {
  AnalysisError,
  Argument,
  AssignedVariable,
  OpaqueKind,
  OpaquePart,
  PathUse,
  SimpleCommand,
} from './analysis.js'
import { dispatch } from './dispatch.js'
import { type SubstitutionVisitor, Expansion } from './expansion.js'
import { isForkBomb, startEachOther } from './fork-bomb.js'
import { followRedirects, noRedirects, type Redirected } from './redirect.js'
import { ScriptFiles } from './script-file.js'
import type { Call, Shell } from './shell.js'
import { type Flow, type Input, same, type ShellState } from './state.js'
import { walkCommand, walkStatements } from './statements.js'

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
  readonly variables: AssignedVariable[] = []
  /** Files that the script runs after it has downloaded them. */
  readonly downloadsRun: string[] = []
  readonly files: ScriptFiles = new ScriptFiles()
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
    // A text may be run many times: to read it is work each time.
    this.spend(source.length >> 8)
    return this.script(parse(source), state, input)
  }

  script(script: Script & Pick<ParsedScript, 'errors'>, state: ShellState, input: Input = NO_INPUT): Flow {
    const error = script.errors?.[0]
    if (error !== undefined)
      this.errors.push({ kind: 'unparseable', message: `not a shell script that can be read: ${error.message}` })
    return this.deeper(() => walkStatements(script.commands, { state, input }, this))
  }

  /** Functions that nothing calls by name may still be run in ways that are not seen. */
  finish(state: ShellState): void {
    if (startEachOther(this.#functions)) this.forkBomb = true
    for (const node of this.#functions)
      if (!this.#called.has(node)) this.call(node, { ...state, positional: undefined }, NO_INPUT)
  }

  call(node: FunctionNode, state: ShellState, input: Input): Flow {
    this.#called.add(node)
    if (this.#running.has(node)) return same(state)
    this.#running.add(node)
    const inside = { ...state, locals: new Set<string>() }
    const flow = this.deeper(() =>
      node.body.type === 'CompoundList'
        ? this.list(node.body, inside, input)
        : walkCommand(node.body, { state: inside, input }, this),
    )
    this.#running.delete(node)
    const back = (after: ShellState | undefined): ShellState | undefined =>
      after === undefined ? state : leave(after, state)
    return { ...flow, ok: back(flow.ok), fail: back(flow.fail) }
  }

  define(node: FunctionNode): void {
    if (isForkBomb(node)) this.forkBomb = true
    this.#functions.add(node)
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
    if (!use.remote) this.#useTarget(use)
  }

  // Through a link that the script itself makes another path is meant than the one on disk now.
  #useTarget(use: PathUse): void {
    const through = (use.access === 'remove' || use.access === 'move') && !/\/\.?$/.test(use.text)
    for (const path of use.paths) {
      const target = this.files.follow(through ? posix.dirname(path) : path)
      if (target === undefined) continue
      this.uses.push({ ...use, paths: [through ? `${target}/${posix.basename(path)}` : target] })
    }
  }

  noteVariable(variable: AssignedVariable): void {
    this.spend(1)
    this.variables.push(variable)
  }

  runsDownload(file: string): void {
    this.downloadsRun.push(file)
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

  process({ script, operator }: ProcessSubstitutionPart, state: ShellState): void {
    if (script === undefined) return
    // What is written to `>(...)` is not followed: a shell there reads an unknown text.
    const input: Input = operator === '>' ? { kind: 'unknown', download: false } : NO_INPUT
    const flow = this.script(script, state, input)
    if (operator === '<') this.#process = { out: flow.out, download: flow.download }
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
      ? noRedirects(state, input)
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
    return walkStatements(list.commands, { state, input }, this)
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

/** What a function leaves: the caller's own operands, and its variables where the function had some of that name. */
function leave(after: ShellState, before: ShellState): ShellState {
  const variables = new Map(after.variables)
  for (const name of after.locals ?? []) {
    const value = before.variables.get(name)
    if (value === undefined) variables.delete(name)
    else variables.set(name, value)
  }
  return { ...after, variables, positional: before.positional, locals: before.locals }
}
