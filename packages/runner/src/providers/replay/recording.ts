import type { Phase } from '../provider.js'

/** A recorded agent; see docs/formats/replay.md. */
export interface Recording {
  readonly name: string
  readonly description: string
  readonly turns: readonly RecordedTurn[]
}

export interface RecordedTurn {
  /** A task's id; without one the turn is played for every task. */
  readonly task?: string
  readonly phase: Exclude<Phase, 'VERIFY'>
  readonly iteration: number
  readonly steps: readonly Step[]
}

export type Step = { readonly kind: 'say'; readonly text: string } | Call

export interface Call {
  readonly kind: 'call'
  readonly tool: ToolUse
  /** What the guard must say; anything else ends the recording as failed, and the call is not made. */
  readonly expect?: Expectation
  /** What a refusal means for what follows. */
  readonly onRefusal: RefusalRule
}

type Expectation = 'ALLOW' | 'DENY' | 'REQUIRE_APPROVAL'
type RefusalRule = 'continue' | 'end_turn' | 'fail'

export type ToolUse =
  | { readonly name: 'Bash'; readonly command: string; readonly timeoutMs: number }
  | { readonly name: 'Write'; readonly path: string; readonly content: string }
  | { readonly name: 'Edit'; readonly path: string; readonly from: string; readonly to: string; readonly all: boolean }
  | { readonly name: 'Read'; readonly path: string }
