import { searchLog } from '@loki/audit'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { AuditCounts, ranked } from './audit-counts.js'
import { entryLine } from './audit-listing.js'
import { wholeNumber } from './audit-query.js'
import { onRecord } from './audit-reading.js'

export interface AuditSummaryOptions {
  readonly days?: string
  readonly controlPlane?: boolean
}

const DAYS = '7'
const MAX_DAYS = 3650
const DAY_MS = 86_400_000
/** Rows of one list that people see; JSON has them all. */
const ROWS = 10

/** `loki audit summary`: what happened in the last days, counted. */
export async function summary(call: Call<AuditSummaryOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const days = wholeNumber(options.days ?? DAYS, '--days', [1, MAX_DAYS])
  const query = { since: new Date(Date.now() - days * DAY_MS) }
  const { controlPlane } = options
  const reading = { command: 'summary', query, more: { days } }
  await onRecord({ output, projectDir, controlPlane, reading }, async (dir) => {
    const counts = new AuditCounts()
    for await (const entry of searchLog(dir, query)) counts.add(entry)
    const print = (): void => {
      if (output.json) output.record(asJson(counts, days))
      else if (counts.total === 0) output.note(`No entries in the last ${countOf(days, 'day')}.`)
      else output.data(asText(output, counts, days))
    }
    return { entries: counts.total, print }
  })
  return undefined
}

/** The shape of the API's audit summary, with what only the log of agents can count. */
function asJson(counts: AuditCounts, days: number): Readonly<Record<string, unknown>> {
  return {
    period_days: days,
    total_events: counts.total,
    successful_events: counts.total - counts.failed,
    failed_events: counts.failed,
    by_action: Object.fromEntries(ranked(counts.what)),
    by_resource_type: Object.fromEntries(ranked(counts.kind)),
    by_user: Object.fromEntries(ranked(counts.who)),
    by_decision: Object.fromEntries(ranked(counts.decision)),
    by_agent: Object.fromEntries(ranked(counts.agent)),
    by_rule: Object.fromEntries(ranked(counts.rule)),
    by_day: Object.fromEntries([...counts.day].sort()),
    recent_failures: counts.failures,
  }
}

function asText(output: Output, counts: AuditCounts, days: number): string {
  const { color } = output
  const head = `${color.bold(countOf(counts.total, 'entry', 'entries'))} in the last ${countOf(days, 'day')}, ${
    counts.failed === 0 ? 'none' : color.red(String(counts.failed))
  } denied or failed`
  const lists: readonly (readonly [string, readonly (readonly [string, number])[]])[] = [
    ['WHAT', ranked(counts.what)],
    ['DECISION', ranked(counts.decision)],
    ['AGENT', ranked(counts.agent)],
    ['RULE', ranked(counts.rule)],
    ['DAY', [...counts.day].sort()],
  ]
  const failures = counts.failures.map((entry) => entryLine(output, entry))
  return [
    head,
    ...lists.filter(([, rows]) => rows.length > 0).map(([title, rows]) => list(output, title, rows)),
    ...(failures.length === 0 ? [] : [[color.dim('LAST DENIED OR FAILED'), ...failures].join('\n')]),
  ].join('\n\n')
}

function list(output: Output, title: string, rows: readonly (readonly [string, number])[]): string {
  const shown = title === 'DAY' ? rows.slice(-ROWS) : rows.slice(0, ROWS)
  const columns = [
    { title: 'COUNT', value: ([, number]: readonly [string, number]) => String(number).padStart(7) },
    { title, value: ([name]: readonly [string, number]) => name },
  ]
  const more = rows.length - shown.length
  return more === 0
    ? table(output, shown, columns)
    : `${table(output, shown, columns)}\n${output.color.dim(`and ${more} more`)}`
}
