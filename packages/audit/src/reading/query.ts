import { AuditError } from '../error.js'
import type { AuditFilter } from '../types.js'

/** Which entries to find; all given conditions must hold. */
export interface AuditQuery extends AuditFilter {
  /** The principal; `*` stands for any characters: `agent:claude/*`. */
  readonly who?: string | undefined
  /** The kind of thing; `*` stands for any characters: `gate.*`. */
  readonly what?: string | undefined
  /** A part of `where`, or, with `*` for any characters, all of it. */
  readonly where?: string | undefined
  /** `metadata.session`. */
  readonly session?: string | undefined
  /** `metadata.decision`: `ALLOW`, `DENY`, `REQUIRE_APPROVAL`. */
  readonly decision?: string | undefined
  /** A text that stands in `who`, `what`, `where`, `why`, or in the JSON text of `metadata`. Case matters. */
  readonly text?: string | undefined
  /** The one entry with this number. */
  readonly seq?: number | undefined
  /** Only the last so many of those that match, at most 1,000,000. */
  readonly last?: number | undefined
}

const MAX_LAST = 1_000_000
const MAX_TEXT = 65_535
const TEXTS = ['who', 'what', 'where', 'session', 'decision', 'text'] as const

/** Refuses a query that cannot be meant; gives its moments in the form of the log. */
export function checkQuery(query: AuditQuery): { since: string | undefined; until: string | undefined } {
  for (const name of TEXTS) {
    const value: unknown = query[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT || !value.isWellFormed()) {
      throw new AuditError('INVALID_INPUT', `expected ${name} to be a text of 1 to ${MAX_TEXT} characters`)
    }
  }
  checkNumber(query.seq, 'seq', [0, Number.MAX_SAFE_INTEGER])
  checkNumber(query.last, 'last', [1, MAX_LAST])
  return { since: momentOf(query.since, 'since'), until: momentOf(query.until, 'until') }
}

function checkNumber(value: number | undefined, name: string, [low, high]: readonly [number, number]): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return
  throw new AuditError('INVALID_INPUT', `expected ${name} to be a whole number from ${low} to ${high}, got ${value}`)
}

/** Timestamps of the log all have one form, in which the order of texts is the order of time. */
function momentOf(value: Date | string | undefined, name: string): string | undefined {
  if (value === undefined) return undefined
  const date = new Date(value)
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString()
  if (text.length === 24) return text
  throw new AuditError(
    'INVALID_INPUT',
    `expected ${name} to be a date such as 2026-01-31T12:00:00Z, got ${String(value)}`,
  )
}
