/** What went wrong, in a word a program can act on. */
export type AuditErrorCode =
  | 'INVALID_INPUT'
  | 'INVALID_SETTING'
  | 'TOO_LARGE'
  | 'QUEUE_FULL'
  | 'TIMEOUT'
  | 'WRITE_FAILED'
  | 'READ_FAILED'
  | 'LOG_DAMAGED'
  | 'LOCK_UNAVAILABLE'
  | 'UNSAFE_PATH'
  | 'INVALID_KEY'
  | 'INVALID_NOTE'
  | 'INVALID_PROOF'
  | 'NO_CHECKPOINT'
  | 'NOT_ANCHORED'
  | 'ANCHOR_FAILED'
  | 'ANCHOR_CONFLICT'
  | 'CLOSED'

/** Tells why a record was not taken or a log could not be read; `code` is stable, the message is for people. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
  readonly code: AuditErrorCode

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Keeps an AuditError as it is and wraps everything else as the cause of a new one. */
export function asAuditError(error: unknown, code: AuditErrorCode, message: string): AuditError {
  if (error instanceof AuditError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new AuditError(code, `${message}: ${detail}`, { cause: error })
}

/** Reads the `code` of a system error: `ENOENT`, `EEXIST`; undefined for everything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
