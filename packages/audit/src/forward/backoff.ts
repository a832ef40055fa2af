/** How long to wait before the next attempt. */
export interface Backoff {
  readonly firstMs: number
  readonly mostMs: number
  readonly random: () => number
}

/** A receiver's own wish is heeded up to here. */
const LONGEST_WISH = 5 * 60_000

/** Doubles from attempt to attempt, of which the upper half is random, so that many processes do not come at once. */
export function waitMs({ firstMs, mostMs, random }: Backoff, attempts: number, wish = 0): number {
  const most = Math.min(mostMs, firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.max(most / 2 + (random() * most) / 2, Math.min(wish, LONGEST_WISH))
}
