import { CostError } from './error.js'

/** Tokens of one model call. A count that was not measured is absent, never 0. */
export interface Usage {
  /** Sent and not taken from a cache nor written to one. */
  readonly input?: number | undefined
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
  /** Generated, reasoning included. */
  readonly output?: number | undefined
  /** The part of `output` that was reasoning. */
  readonly reasoning?: number | undefined
}

export const USAGE_FIELDS = ['input', 'cacheRead', 'cacheWrite', 'output', 'reasoning'] as const

/** The usage without what is undefined; throws `INVALID_INPUT` for anything but whole numbers of tokens. */
export function checkUsage(usage: Usage): Usage {
  const counted: Partial<Record<(typeof USAGE_FIELDS)[number], number>> = {}
  for (const name of USAGE_FIELDS) {
    const count = usage[name]
    if (count === undefined) continue
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new CostError(
        'INVALID_INPUT',
        `expected usage.${name} to be a whole number of tokens, got ${String(count)}`,
      )
    }
    counted[name] = count
  }
  if (counted.reasoning !== undefined && counted.reasoning > (counted.output ?? 0)) {
    throw new CostError('INVALID_INPUT', 'expected usage.reasoning to be part of usage.output')
  }
  return counted
}

/** All tokens of a call; undefined where none was measured. */
export function tokensOf({ input, cacheRead, cacheWrite, output }: Usage): number | undefined {
  const counts = [input, cacheRead, cacheWrite, output].filter((count) => count !== undefined)
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
}

/** Both together; what only one of them measured counts as that one says. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Partial<Record<(typeof USAGE_FIELDS)[number], number>> = {}
  for (const name of USAGE_FIELDS) {
    const counts = [one[name], other[name]].filter((count) => count !== undefined)
    if (counts.length > 0) sum[name] = counts.reduce((total, count) => total + count, 0)
  }
  return sum
}
