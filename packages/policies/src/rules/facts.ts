import { isAbsolute } from 'node:path'
import type { CommandAnalysis, PathUse } from '../command/analysis.js'
import { analyzeCommand } from '../command/analyze.js'
import type { PolicyInput } from '../input.js'
import { pathIdentity, type PathIdentity, type RealPath } from '../paths/identity.js'

/** What rules need to know of this machine. */
export interface Surroundings {
  readonly home: string
  /** Temporary folders, as they are written. */
  readonly temporary: readonly string[]
  readonly realPath: RealPath
}

/** A path that an action names or a command uses, before it is resolved. */
export interface NamedPath extends Pick<
  PathUse,
  'text' | 'paths' | 'known' | 'glob' | 'access' | 'recursive' | 'filtered' | 'program'
> {
  readonly remote: boolean
}

/** An action with what can be worked out of it; each thing is worked out at most once, when a rule asks. */
export class Facts {
  readonly input: PolicyInput
  readonly #surroundings: Surroundings
  #identity: PathIdentity | undefined
  #analysis: CommandAnalysis | undefined
  #named: readonly NamedPath[] | undefined

  constructor(input: PolicyInput, surroundings: Surroundings) {
    this.input = input
    this.#surroundings = surroundings
  }

  get home(): string {
    return this.#surroundings.home
  }

  get identity(): PathIdentity {
    this.#identity ??= pathIdentity(this.#surroundings.realPath, this.input.cwd)
    return this.#identity
  }

  /** The command, taken apart; undefined where the action has none. */
  get analysis(): CommandAnalysis | undefined {
    if (this.input.command === undefined) return undefined
    this.#analysis ??= analyzeCommand(this.input.command, { cwd: this.input.cwd, home: this.home })
    return this.#analysis
  }

  /** Real path of the project. */
  get project(): string {
    return this.identity.resolve(this.input.projectDir)
  }

  /** Real paths of the temporary folders. */
  get temporary(): readonly string[] {
    return this.#surroundings.temporary.map((path) => this.identity.resolve(path))
  }

  /** The paths the action itself names. */
  get named(): readonly NamedPath[] {
    this.#named ??= (this.input.paths ?? []).map((text) => ({
      text,
      paths: [absolute(text, this.input.cwd, this.home)],
      known: true,
      glob: false,
      access: this.input.kind === 'file_read' || this.input.kind === 'network' ? 'read' : 'write',
      recursive: false,
      filtered: false,
      program: this.input.kind,
      remote: false,
    }))
    return this.#named
  }
}

// Some hosts expand a tilde, some take it literally: the reading that leaves the project is the one to check.
function absolute(path: string, cwd: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return home + path.slice(1)
  return isAbsolute(path) ? path : `${cwd}/${path}`
}

/** Devices that hold nothing: a path rule has no say over them. */
export function isHarmlessDevice(path: string): boolean {
  return /^\/dev\/(null|zero|full|tty|stdin|stdout|stderr|random|urandom|fd\/\d+)$/.test(path)
}
