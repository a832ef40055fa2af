/** Stable codes of {@link RunnerError}. */
export type RunnerErrorCode =
  | 'BAD_OPTION'
  | 'BAD_PROJECT'
  | 'BAD_PRD'
  | 'UNKNOWN_PROVIDER'
  | 'PROVIDER_MISSING'
  | 'BAD_REPLAY'
  | 'BAD_GATES'
  | 'BRANCH_FAILED'
  | 'SESSION_LIVE'
  | 'NO_SUCH_SESSION'
  | 'NOT_RUNNING'
  | 'BAD_STATE'
  | 'SCRATCH_UNSAFE'
  | 'STOP_TIMEOUT'

/** What this package throws. What an agent does wrong is never thrown: it is in the session's state. */
export class RunnerError extends Error {
  override readonly name = 'RunnerError'
  readonly code: RunnerErrorCode

  constructor(code: RunnerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** Whether an error of the file system says that there is no such file. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')
}
