import type { Phase } from '../providers/provider.js'
import type { GateOutcome, SessionStatus, Task } from './state.js'

/** What a session tells whoever shows it, as it happens. */
export type SessionProgress =
  | { readonly kind: 'session'; readonly session: string; readonly status: SessionStatus; readonly reason?: string }
  | { readonly kind: 'task'; readonly session: string; readonly change: 'started' | 'finished'; readonly task: Task }
  | {
      readonly kind: 'phase'
      readonly session: string
      readonly change: 'started' | 'finished'
      readonly task: string
      readonly phase: Phase
      readonly iteration: number
      /** Why the provider failed in it. */
      readonly error?: string
    }
  | {
      readonly kind: 'gate'
      readonly session: string
      readonly task: string
      /** `tests`, `coverage`, `security-scan`, or the name of a custom one. */
      readonly gate: string
      readonly outcome: GateOutcome
      /** False where a failure holds nothing back. */
      readonly required: boolean
      /** What was measured, such as `coverage_percent`. */
      readonly figures?: Readonly<Record<string, number>>
      /** What ran; absent where there was nothing to run. */
      readonly command?: string
      readonly durationMs?: number
      readonly reason: string
      /** The end of what it printed. */
      readonly output: string
    }
  | {
      readonly kind: 'branch'
      readonly session: string
      readonly change: 'created' | 'committed' | 'pull_request'
      readonly branch: string
      readonly commit?: string
      /** Where the pull request is. */
      readonly url?: string
    }
  | {
      readonly kind: 'budget'
      readonly session: string
      /** `exceeded`: the session pauses until somebody lets it go on. */
      readonly change: 'alert' | 'exceeded'
      readonly budget?: string
      readonly period?: string
      readonly percent?: number
      readonly reason: string
    }
  | {
      readonly kind: 'output'
      readonly session: string
      readonly task: string
      readonly phase: Phase
      /** What the agent says, as it says it; not whole lines. */
      readonly text: string
    }
