import type { AuditQuery } from '@loki/audit'
import { usageError } from '../exit.js'

/** The filters that every command that reads the log takes. */
export interface AuditQueryOptions {
  readonly who?: string
  readonly what?: string
  readonly where?: string
  readonly session?: string
  readonly decision?: string
  readonly since?: string
  readonly until?: string
}

const MOST = 100_000

/** The query of a command line. */
export function queryOf(options: AuditQueryOptions): AuditQuery {
  const { who, what, where, session, decision, since, until } = options
  return {
    ...(who === undefined ? {} : { who: text('--who', who) }),
    ...(what === undefined ? {} : { what: text('--what', what) }),
    ...(where === undefined ? {} : { where: text('--where', where) }),
    ...(session === undefined ? {} : { session: text('--session', session) }),
    ...(decision === undefined ? {} : { decision: decisionOf(decision) }),
    ...(since === undefined ? {} : { since: momentOf('--since', since) }),
    ...(until === undefined ? {} : { until: momentOf('--until', until) }),
  }
}

/** How many entries to print. */
export function countArgument(text: string | undefined, fallback: number): number {
  return wholeNumber(text ?? String(fallback), 'A count', [1, MOST])
}

/** A whole number between two others, both included. */
export function wholeNumber(text: string, name: string, [low, high]: readonly [number, number]): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= low && value <= high) return value
  throw usageError(`${name} is a whole number from ${low} to ${high}; got ${JSON.stringify(text)}.`)
}

/** A text that is not empty. */
export function text(option: string, value: string): string {
  if (value !== '' && value.isWellFormed()) return value
  throw usageError(`${option} takes a text that is not empty.`)
}

/** A decision in any spelling: `deny`, `require-approval`. */
function decisionOf(value: string): string {
  const decision = value.toUpperCase().replace('-', '_')
  if (['ALLOW', 'DENY', 'REQUIRE_APPROVAL'].includes(decision)) return decision
  throw usageError(`--decision is ALLOW, DENY or REQUIRE_APPROVAL; got ${JSON.stringify(value)}.`)
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A point in time: ISO 8601, or an age. */
export function momentOf(option: string, text: string): Date {
  const [, amount, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  const date =
    amount === undefined ? new Date(text) : new Date(Date.now() - Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN))
  if (!/\d/.test(text) || Number.isNaN(date.getTime())) {
    throw usageError(
      `${option} takes a time such as 2026-01-31T12:00Z or an age such as 24h; got ${JSON.stringify(text)}.`,
    )
  }
  return date
}
