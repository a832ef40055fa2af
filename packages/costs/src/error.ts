/** Stable codes of {@link CostError}. */
export type CostErrorCode =
  /** A variable, an option or a price list that cannot be meant. */
  | 'INVALID_SETTING'
  /** A usage, an amount or a name that cannot be recorded. */
  | 'INVALID_INPUT'
  /** The ledger cannot be read or written. */
  | 'LEDGER_FAILED'
  /** A reservation that there is not, or that was settled already. */
  | 'UNKNOWN_RESERVATION'
  | 'CLOSED'

/** What this package throws. Whoever asked for money treats it as a refusal. */
export class CostError extends Error {
  override readonly name = 'CostError'
  readonly code: CostErrorCode

  constructor(code: CostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
