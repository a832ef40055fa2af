/** Stable codes of {@link EventsError}. */
export type EventsErrorCode =
  | 'BAD_OPTION'
  | 'BAD_EVENT'
  | 'UNKNOWN_TYPE'
  | 'UNKNOWN_SOURCE'
  | 'TOO_LARGE'
  | 'BAD_GROUP'
  | 'GROUP_IN_USE'
  | 'WRITE_FAILED'
  | 'READ_FAILED'
  | 'DAMAGED'
  | 'QUARANTINED'
  | 'DEAD_LETTER'
  | 'HELD_UP'
  | 'PLACE_LOST'
  | 'CLOSED'

/** What this package throws, and what it hands to `onProblem` where nobody is there to catch. */
export class EventsError extends Error {
  override readonly name = 'EventsError'
  readonly code: EventsErrorCode

  constructor(code: EventsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Whether a thrown value is a system error with one of these codes, such as `ENOENT`. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code))
}
