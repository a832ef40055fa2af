import type { Delivery } from '../types.js'

/** A delivery that failed as a whole, told from what was thrown. */
export function failed(error: unknown, signal?: AbortSignal): Delivery {
  return { kind: 'later', reason: signal?.aborted === true ? 'no answer in time' : reasonOf(error) }
}

/** What went wrong, without the address and what else a message may quote: system codes first. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 200)
  const cause = error.cause instanceof Error ? error.cause : undefined
  const code = codeOf(cause) ?? codeOf(error)
  const message = (cause ?? error).message.slice(0, 200)
  return code === undefined || message.includes(code) ? message : `${code}: ${message}`
}

function codeOf(error: Error | undefined): string | undefined {
  return error !== undefined && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
