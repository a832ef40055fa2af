import { AuditError } from '../error.js'

/** A stretch of time: `from` belongs to it, `to` does not. */
export interface Period {
  readonly from: string
  readonly to: string
}

const DAY = 86_400_000
const DATE = /^\d{4}-\d{2}-\d{2}$/
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/

/** Reads the period of a report. A bare date is that whole day in UTC, so `to` includes it. */
export function periodOf(from: Date | string, to: Date | string): Period {
  const period = { from: momentOf(from, 'from').toISOString(), to: endOf(to).toISOString() }
  if (period.from < period.to) return period
  throw new AuditError(
    'INVALID_INPUT',
    `expected the period to begin before it ends, got from ${period.from} to ${period.to}; exchange the two`,
  )
}

function endOf(value: Date | string): Date {
  const moment = momentOf(value, 'to')
  return typeof value === 'string' && DATE.test(value) ? new Date(moment.getTime() + DAY) : moment
}

function momentOf(value: unknown, name: string): Date {
  const date =
    value instanceof Date ? value : typeof value === 'string' && readable(value) ? new Date(value) : undefined
  const year = date?.getUTCFullYear() ?? Number.NaN
  if (date !== undefined && year >= 0 && year <= 9998) return date
  const got = value instanceof Date ? 'an invalid date' : JSON.stringify(String(value).slice(0, 60))
  throw new AuditError(
    'INVALID_INPUT',
    `expected ${name} to be a date such as 2026-01-31, or a time with its zone such as 2026-01-31T12:00:00Z, got ${got}`,
  )
}

/** The calendar decides: `Date` would take 30 February for 2 March, and a time without a zone for local time. */
function readable(value: string): boolean {
  if (!DATE.test(value) && !MOMENT.test(value)) return false
  const day = new Date(`${value.slice(0, 10)}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value.slice(0, 10))
}
