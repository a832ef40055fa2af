/** One word as a program would get it. */
export interface Argument {
  /** The word after quotes and known expansions are undone; what only the shell knows stands as it was written. */
  readonly text: string
  /** False where a part of `text` is known only when the script runs. */
  readonly known: boolean
  /** True where unquoted wildcards remain: the shell replaces the word by matching names. */
  readonly glob: boolean
}

/** One program that the script starts: wrappers (`sudo`) and what they start (`rm`) are commands of their own. */
export interface SimpleCommand {
  /** Last component of the program's path, lower case: `/bin/RM` is `rm`. */
  readonly program: string
  /** Program and operands. */
  readonly argv: readonly Argument[]
  /** Folders in which it may run; undefined where that cannot be known. */
  readonly cwds: readonly string[] | undefined
  /** True where it runs elsewhere (`ssh`, `docker exec`): its paths are not paths of this machine. */
  readonly remote: boolean
  /** What it finds on its standard input, where that is known. */
  readonly stdin?: string
}

/** What a command does to a path. */
export type PathAccess = 'read' | 'write' | 'remove' | 'move' | 'mode'

/** A path that a command uses. */
export interface PathUse {
  /** The path as the program gets it. */
  readonly text: string
  /** Absolute spellings, one for each folder the command may run in; not yet resolved, and empty where unknown. */
  readonly paths: readonly string[]
  readonly known: boolean
  readonly glob: boolean
  readonly access: PathAccess
  /** True where everything below the path is affected as well. */
  readonly recursive: boolean
  /** True where a condition (`find -name '*.pyc'`) picks only some of what lies below. */
  readonly filtered: boolean
  readonly program: string
  readonly remote: boolean
}

/** Why a part of a script cannot be known before it runs. */
export type OpaqueKind =
  | 'command_name' // a variable, substitution or wildcard stands where the program's name belongs
  | 'script' // a shell is handed text that is not known
  | 'remote_script' // a shell is handed what a download returns
  | 'code' // code of another language that runs commands which are not known

/** A part of a script that cannot be known before it runs. */
export interface OpaquePart {
  readonly kind: OpaqueKind
  /** The source text, at most 80 characters of it. */
  readonly text: string
}

/** A variable from which programs load code, or take settings or options. */
export interface AssignedVariable {
  readonly name: string
  readonly value: string
  readonly known: boolean
}

/** Why a script, or a script inside it, was not analysed to its end. */
export interface AnalysisError {
  readonly kind: 'unparseable' | 'too_large' | 'too_deep' | 'too_many_commands' | 'nul_byte'
  readonly message: string
}

/** What a shell script would do, as far as that can be known without running it. */
export interface CommandAnalysis {
  /** Every program it may start, in order, through nested scripts, functions and wrappers. */
  readonly commands: readonly SimpleCommand[]
  /** Paths it writes, removes, moves or changes the mode of. */
  readonly writes: readonly PathUse[]
  /** Paths it reads, as far as the programs are ones whose operands are known to be files. */
  readonly reads: readonly PathUse[]
  readonly opaque: readonly OpaquePart[]
  /** Variables it sets from which programs load code, or take settings or options. */
  readonly variables: readonly AssignedVariable[]
  /** Files that it downloads and then runs. */
  readonly downloadsRun: readonly string[]
  /** Not empty: the script must not be trusted at all. */
  readonly errors: readonly AnalysisError[]
  /** True where a function starts itself again in a pipeline or in the background, or a loop without an end starts programs. */
  readonly forkBomb: boolean
}
