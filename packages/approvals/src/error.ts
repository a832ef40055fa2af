/** Stable codes of {@link ApprovalError}. */
export type ApprovalErrorCode =
  /** A variable or an option that cannot be meant. */
  | 'INVALID_SETTING'
  /** A question or an answer that cannot be meant. */
  | 'INVALID_INPUT'
  | 'UNKNOWN_APPROVAL'
  /** Somebody was first, or the time is up. */
  | 'ALREADY_DECIDED'
  /** Nobody answers their own question, unless the question says so. */
  | 'SELF_APPROVAL'
  /** The answer needs a role that whoever answers does not have. */
  | 'NOT_ALLOWED'
  | 'QUEUE_FULL'
  /** The queue cannot be read or written. */
  | 'QUEUE_FAILED'

/** What this package throws. Whoever asked a question treats it as a no. */
export class ApprovalError extends Error {
  override readonly name = 'ApprovalError'
  readonly code: ApprovalErrorCode

  constructor(code: ApprovalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
