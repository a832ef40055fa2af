/** Lines (Go: statements) that could be covered, and those that were. */
export interface Coverage {
  readonly covered: number
  readonly total: number
}

/** What a report must be; the message says where it is not, and the caller adds the file. */
export class ReportError extends Error {
  override readonly name = 'ReportError'
}

/** Both figures, checked: whole numbers, no more covered than there is, and something to cover. */
export function coverageOf(covered: unknown, total: unknown): Coverage {
  const parts = { covered: count(covered, 'covered'), total: count(total, 'all') }
  if (parts.total === 0) throw new ReportError('it names no line that could be covered')
  if (parts.covered > parts.total) throw new ReportError(`it covers ${parts.covered} of ${parts.total} lines`)
  return parts
}

/** The percentage, cut to two digits and never rounded up: 79.999 is not 80. */
export function percentOf({ covered, total }: Coverage): number {
  return Math.floor((covered * 10_000) / total) / 100
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ReportError('it is not JSON', { cause })
  }
}

export function objectAt(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>> // an object with unknown fields, by the check before
  }
  throw new ReportError(`expected an object at ${where}`)
}

function count(value: unknown, which: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new ReportError(
    `expected a whole number of ${which} lines, got ${value === undefined ? 'none' : JSON.stringify(value).slice(0, 80)}`,
  )
}
