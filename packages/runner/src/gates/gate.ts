import type { Session } from '../sessions/session.js'
import type { GateOutcome } from '../sessions/state.js'
import type { Snapshots } from './security/snapshots.js'

/** How one gate ended. */
export interface GateResult {
  readonly outcome: GateOutcome
  /** One sentence, never empty. */
  readonly reason: string
  /** The end of what was printed or found. */
  readonly output: string
  /** Of all that was printed or found, as 64 hexadecimal digits; absent where nothing ran. */
  readonly outputSha256?: string
  /** What was measured, such as `coverage_percent`. */
  readonly figures?: Readonly<Record<string, number>>
  readonly command?: string
  readonly exitCode?: number
  readonly durationMs?: number
}

/** What a gate looks at. */
export interface GateContext {
  readonly session: Session
  readonly env: NodeJS.ProcessEnv
  readonly snapshots: Snapshots
  /** When this VERIFY began, by the clock that files are stamped with: a report from before it proves nothing. */
  readonly since: number
}

/** A check that the work of a task must pass in VERIFY. */
export interface Gate {
  /** `tests`, `coverage`, `security-scan`, or the name of a custom one; what a policy calls it. */
  readonly name: string
  /** False where a failure is told and recorded, but holds nothing back. */
  readonly required: boolean
  run(context: GateContext): Promise<GateResult>
}

/** How a gate ended, with its name. */
export type NamedResult = GateResult & { readonly gate: string; readonly required: boolean }

/** A gate that could not be run has failed. */
export function couldNotRun(reason: string, output = ''): GateResult {
  return { outcome: 'failed', reason, output }
}
