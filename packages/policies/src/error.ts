/** Codes of {@link PolicyError}. */
export type PolicyErrorCode = 'invalid_options' | 'unknown_point'

/** A mistake of the calling program; defects of policies are {@link PolicyProblem}s and never thrown. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code: PolicyErrorCode

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
