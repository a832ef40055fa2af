import type { AuditEntry } from '@loki/audit'

const COLUMNS: readonly (readonly [string, (entry: AuditEntry) => unknown])[] = [
  ['seq', ({ seq }) => seq],
  ['timestamp', ({ timestamp }) => timestamp],
  ['who', ({ who }) => who],
  ['what', ({ what }) => what],
  ['where', ({ where }) => where],
  ['why', ({ why }) => why],
  ['session', ({ metadata }) => metadata?.session],
  ['decision', ({ metadata }) => metadata?.decision],
  ['rule', ({ metadata }) => metadata?.rule],
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
  return row(COLUMNS.map(([, value]) => textOf(value(entry))))
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
