import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { openAudit, verifyLog } from '@loki/audit'
import type { AuditEntry, AuditFilter, AuditLog } from '@loki/audit'
import { auditFolder } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import { countOf, timeOf } from '../format.js'
import type { Call } from '../program/define.js'

export interface AuditLogOptions {
  readonly who?: string
  readonly what?: string
  readonly since?: string
  readonly until?: string
}

const LAST = 50
const MOST = 100_000

/** `loki audit log`: the last entries, the oldest of them first. */
export async function log(call: Call<AuditLogOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const wanted = countArgument(args[0])
  const entries: AuditEntry[] = []
  for await (const entry of opened(projectDir).readEntries(filterOf(options))) {
    entries.push(entry)
    if (entries.length >= wanted * 2) entries.splice(0, entries.length - wanted) // bounded, without shifting each time
  }
  const last = entries.slice(-wanted)
  if (output.json) for (const entry of last) output.record(entry)
  else if (last.length > 0) output.data(listing(output, last))
  else output.note(`No entries${Object.keys(filterOf(options)).length > 0 ? ' match' : ' yet'}.`)
  return undefined
}

/** `loki audit count`. */
export async function count(call: Call<AuditLogOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const found = opened(projectDir).readEntries(filterOf(options))[Symbol.asyncIterator]()
  let entries = 0
  while ((await found.next()).done !== true) entries += 1
  if (output.json) output.record({ entries })
  else output.data(String(entries))
  return undefined
}

/** `loki audit verify`. */
export async function verify(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output, args, projectDir } = call
  const named = args[0]
  if (named !== undefined && !existsSync(named)) {
    throw usageError(`${named} does not exist.`, 'Name a log file, or the folder that holds one.')
  }
  const report = await verifyLog(named === undefined ? auditFolder(projectDir) : resolve(named))
  if (output.json) output.record(report)
  else if (report.valid) {
    const head = report.head === null ? '' : output.color.dim(`\n  head: entry ${report.head.seq}, ${report.head.hash}`)
    output.data(
      `${output.color.green('✓ valid')}  ${countOf(report.entries, 'entry', 'entries')} in ${report.file ?? ''}${head}`,
    )
  } else if (report.line !== null) {
    output.data(`${output.color.red('✗ broken')}  ${report.error ?? ''}`)
    output.note(
      output.noteColor.dim(
        `${countOf(report.entries, 'entry', 'entries')} before it verified. Keep the file as it is: it is evidence.`,
      ),
    )
  }
  if (report.valid) return 'done'
  if (report.line !== null) return 'brokenChain'
  if (output.json) return 'failed'
  throw new CliError('NO_LOG', report.error ?? 'There is no log.', {
    next: 'Something is recorded with the first action of an agent, or: loki demo',
  })
}

function opened(projectDir: string): AuditLog {
  const audit = openAudit({ dir: auditFolder(projectDir), enabled: true })
  if (audit.enabled) return audit
  throw new CliError('AUDIT_OFF', 'Auditing is switched off by LOKI_AUDIT_DISABLED.', {
    next: 'Unset LOKI_AUDIT_DISABLED.',
  })
}

function listing(output: Output, entries: readonly AuditEntry[]): string {
  const { color } = output
  return table(output, entries, [
    { title: 'SEQ', value: (entry) => String(entry.seq) },
    { title: 'TIME', value: (entry) => timeOf(entry.timestamp), paint: color.dim },
    { title: 'WHO', value: (entry) => entry.who },
    { title: 'WHAT', value: what, paint: (text, entry) => painted(output, text, entry) },
    { title: 'WHERE', value: (entry) => [entry.where, reason(entry)].filter((part) => part !== null).join(' · ') },
  ])
}

function what(entry: AuditEntry): string {
  const decision = entry.metadata?.decision
  return typeof decision === 'string' ? decision.toLowerCase().replace('_', ' ') : entry.what
}

function painted(output: Output, text: string, entry: AuditEntry): string {
  const decision = entry.metadata?.decision
  if (decision === 'DENY' || entry.what.endsWith('.failed')) return output.color.red(text)
  if (decision === 'REQUIRE_APPROVAL') return output.color.yellow(text)
  return decision === 'ALLOW' || entry.what.endsWith('.passed') ? output.color.green(text) : text
}

/** Why, where that says more than that nothing stood in the way. */
function reason(entry: AuditEntry): string | null {
  return entry.metadata?.decision === 'ALLOW' ? null : entry.why
}

function filterOf(options: AuditLogOptions): AuditFilter {
  const { who, what: kind, since, until } = options
  return {
    ...(who === undefined ? {} : { who }),
    ...(kind === undefined ? {} : { what: kind }),
    ...(since === undefined ? {} : { since: moment('--since', since) }),
    ...(until === undefined ? {} : { until: moment('--until', until) }),
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** A point in time: ISO 8601, or an age. */
function moment(option: string, text: string): Date {
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

function countArgument(text: string | undefined): number {
  if (text === undefined) return LAST
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST) return value
  throw usageError(`A count is a whole number from 1 to ${MOST}; got ${JSON.stringify(text)}.`)
}
