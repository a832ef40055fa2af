import type { Function as FunctionNode } from 'unbash'
import type { Argument, AssignedVariable, OpaqueKind, PathUse, SimpleCommand } from './analysis.js'
import type { ScriptFiles } from './script-file.js'
import type { Flow, Input, ShellState } from './state.js'

/** How one command is to be understood. */
export interface Call {
  /** Program and operands; never empty. */
  readonly argv: readonly Argument[]
  readonly state: ShellState
  readonly input: Input
  /** True where a word of it is what a download returned. */
  readonly download: boolean
  /** What a process substitution among its words prints. */
  readonly process: Pick<Flow, 'out' | 'download'> | undefined
}

/** What the walker offers to the code that understands single programs. */
export interface Shell {
  /** Walks shell source that a command runs. */
  nested(source: string, state: ShellState, input?: Input): Flow
  /** Runs an argument list as a command: what wrappers and `find -exec` do. */
  dispatch(call: Call): Flow
  /** Runs a function of the script. */
  call(node: FunctionNode, state: ShellState, input: Input): Flow
  record(command: SimpleCommand): void
  /** Counts work; throws when a script asks for too much of it. */
  spend(units: number): void
  opaque(kind: OpaqueKind, text: string): void
  use(use: PathUse): void
  /** Notes an assignment that rules look at. */
  noteVariable(variable: AssignedVariable): void
  /** A file that the script has downloaded is run. */
  runsDownload(file: string): void
  /** What the script has put into files so far. */
  readonly files: ScriptFiles
}

/** Where a program's name stands for the file `/dev/fd/63`: a process substitution. */
export const PROCESS_PATH = '/dev/fd/63'
