import type { Finding } from './finding.js'

/** A finding that is known and may stay. */
export interface AllowedFinding {
  /** The fingerprint of the finding, as a scan told it. */
  readonly fingerprint: string
  /** Last day on which it may stay (`2026-12-31`, to its end in UTC), or a moment (`2026-12-31T12:00:00Z`). Default: for good. */
  readonly until?: string | undefined
  /** Why; for whoever reads the policy. */
  readonly reason?: string | undefined
}

/** The moment at which an allowance ends, in milliseconds; undefined where the text is no date. */
export function readUntil(until: string): number | undefined {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(until)
  const moment = Date.parse(day ? `${until}T23:59:59.999Z` : until)
  // `2026-02-31` is read as a day of March; whoever wrote it meant something else.
  if (Number.isNaN(moment) || (day && !new Date(moment).toISOString().startsWith(until))) return undefined
  return /^\d{4}-\d{2}-\d{2}(?:$|T)/.test(until) ? moment : undefined
}

/** The finding, with the date where it might have stayed until lately; undefined where it may stay. */
export function unlessAllowed(finding: Finding, allow: readonly AllowedFinding[], time: number): Finding | undefined {
  const entries = allow.filter((entry) => entry.fingerprint.toLowerCase() === finding.fingerprint)
  if (entries.length === 0) return finding
  if (entries.some(({ until }) => until === undefined || (readUntil(until) ?? 0) >= time)) return undefined
  const ended = entries.map(({ until }) => until ?? '').sort()
  return { ...finding, allowedUntil: ended.at(-1) ?? '' }
}
