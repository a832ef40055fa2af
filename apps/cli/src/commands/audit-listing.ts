import type { AuditEntry, JsonValue } from '@loki/audit'
import { timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import { plain, shorten } from '../text.js'

/** Entries as a table. */
export function listing(output: Output, entries: readonly AuditEntry[]): string {
  const { color } = output
  return table(output, entries, [
    { title: 'SEQ', value: (entry) => String(entry.seq) },
    { title: 'TIME', value: (entry) => timeOf(entry.timestamp), paint: color.dim },
    { title: 'WHO', value: (entry) => entry.who },
    { title: 'WHAT', value: what, paint: (text, entry) => painted(output, text, entry) },
    { title: 'WHERE', value: (entry) => subject(entry) },
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

/** One entry on one line, for a stream whose other lines are not known yet. */
export function entryLine(output: Output, entry: AuditEntry): string {
  const { color, columns } = output
  const seq = String(entry.seq).padStart(6)
  const time = timeOf(entry.timestamp)
  const kind = plain(what(entry))
  const about = plain([entry.who, subject(entry)].filter((part) => part !== '').join('  '))
  const room = columns === undefined ? Infinity : Math.max(12, columns - seq.length - time.length - kind.length - 6)
  return `${seq}  ${color.dim(time)}  ${painted(output, kind, entry)}  ${shorten(about, room)}`
}

/** All that an entry says, a line for each thing. */
export function entryText(output: Output, entry: AuditEntry): string {
  const { metadata, seq, timestamp, who, what: kind, where, why, previousHash, hash } = entry
  const rows: (readonly [string, string])[] = [
    ['time', timestamp],
    ['who', who],
    ['what', kind],
    ['where', where ?? '-'],
    ['why', why ?? '-'],
    ...Object.entries(metadata ?? {}).map(([name, value]) => [`  ${name}`, valueText(value)] as const),
    ['hash', hash],
    ['previous', previousHash],
  ]
  const width = Math.max(...rows.map(([name]) => plain(name).length))
  const lines = rows.map(([name, value]) => `  ${output.color.dim(plain(name).padEnd(width))}  ${plain(value)}`)
  return [output.color.bold(`entry ${seq}`), ...lines].join('\n')
}

function valueText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}

function subject(entry: AuditEntry): string {
  return [entry.where, reason(entry)].filter((part) => part !== null).join(' · ')
}
