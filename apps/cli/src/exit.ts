/** How `loki` ends. `loki hook` alone ends in its host's codes. */
export const exitCodes: Readonly<Record<ExitName, number>> = {
  done: 0,
  failed: 1,
  usage: 2,
  denied: 3,
  waiting: 4,
  unauthenticated: 5,
  brokenChain: 7,
  interrupted: 130,
  terminated: 143,
}

export type ExitName =
  'done' | 'failed' | 'usage' | 'denied' | 'waiting' | 'unauthenticated' | 'brokenChain' | 'interrupted' | 'terminated'

/** What each code says, for the reference. */
export const exitMeanings: Readonly<Record<ExitName, string>> = {
  done: 'done',
  failed: 'failed, or nothing there to act on',
  usage: 'wrong usage: an unknown command or option, a missing file, a malformed variable',
  denied: 'denied by policy',
  waiting: 'waiting for a person’s approval',
  unauthenticated: 'not authenticated',
  brokenChain: 'the audit chain is broken',
  interrupted: 'interrupted (Ctrl-C)',
  terminated: 'terminated (SIGTERM)',
}

/** A failure that a person can do something about: what happened, and what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: string
  readonly exit: ExitName
  readonly next: string | undefined

  constructor(code: string, message: string, options: CliErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.exit = options.exit ?? 'failed'
    this.next = options.next
  }
}

export interface CliErrorOptions {
  readonly exit?: ExitName
  /** What to do next, as a sentence or a command. */
  readonly next?: string
  readonly cause?: unknown
}

/** A {@link CliError} for wrong usage. */
export function usageError(message: string, next?: string): CliError {
  return new CliError('USAGE', message, { exit: 'usage', ...(next === undefined ? {} : { next }) })
}
