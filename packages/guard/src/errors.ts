/** Stable codes of {@link GuardError}. */
export type GuardErrorCode =
  | 'UNKNOWN_HOST'
  | 'BAD_HOOK_INPUT'
  | 'INPUT_TOO_LARGE'
  | 'BAD_SESSION_ID'
  | 'BAD_CONTROL_FILE'
  | 'BAD_SETTINGS_FILE'
  | 'BAD_CONFIGURATION'
  | 'NOT_A_REPOSITORY'
  | 'SOCKET_UNSAFE'
  | 'SOCKET_IN_USE'
  | 'PROTOCOL'
  | 'DEADLINE'

/** What this package throws. Whoever asked for a verdict treats it as a refusal. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: GuardErrorCode

  constructor(code: GuardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
