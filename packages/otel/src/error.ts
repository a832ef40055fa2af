/** Stable codes of {@link TelemetryError}. */
export type TelemetryErrorCode =
  /** A variable or an option that cannot be meant. */
  'INVALID_SETTING'

/** What this package throws, and only while something is set up: once open, nothing reaches the caller. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError'
  readonly code: TelemetryErrorCode

  constructor(code: TelemetryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
