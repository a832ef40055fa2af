/** Stable codes of {@link McpError}. */
export type McpErrorCode = 'BAD_CONFIGURATION' | 'BAD_PINS' | 'SERVER_UNAVAILABLE' | 'TOO_LARGE' | 'REFUSED'

/** What this package throws. A call that met one is refused, with its message. */
export class McpError extends Error {
  override readonly name = 'McpError'
  readonly code: McpErrorCode

  constructor(code: McpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
