import { agentFieldsOf } from '@loki/audit'
import type { AgentFields, AuditEntry } from '@loki/audit'

const COLUMNS: readonly (readonly [string, (entry: AuditEntry, agent: AgentFields) => unknown])[] = [
  ['seq', ({ seq }) => seq],
  ['timestamp', ({ timestamp }) => timestamp],
  ['who', ({ who }) => who],
  ['what', ({ what }) => what],
  ['where', ({ where }) => where],
  ['why', ({ why }) => why],
  ['session', ({ metadata }) => metadata?.session],
  ['decision', ({ metadata }) => metadata?.decision],
  ['rule', ({ metadata }) => metadata?.rule],
  ['task_id', (_, { taskId }) => taskId],
  ['phase', (_, { phase }) => phase],
  ['agent', (_, { agent }) => agent],
  ['swarm', (_, { swarm }) => swarm],
  ['provider', (_, { provider }) => provider],
  ['model', (_, { model }) => model],
  ['tokens_in', (_, { tokens }) => tokens?.in],
  ['tokens_out', (_, { tokens }) => tokens?.out],
  ['duration_ms', (_, { durationMs }) => durationMs],
  ['result', (_, { result }) => result],
  ['findings', (_, { findings }) => findings?.length],
  ['metadata', ({ metadata }) => metadata],
  ['previousHash', ({ previousHash }) => previousHash],
  ['hash', ({ hash }) => hash],
]

/** The names of the columns, as the first row. */
export function csvHead(): string {
  return row(COLUMNS.map(([name]) => name))
}

/** An entry as a row of RFC 4180. */
export function csvRow(entry: AuditEntry): string {
  const agent = agentFieldsOf(entry)
  return row(COLUMNS.map(([, value]) => textOf(value(entry, agent))))
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function row(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/** Spreadsheets run a cell that begins like a formula, and agents choose what stands here: such a cell gets an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
