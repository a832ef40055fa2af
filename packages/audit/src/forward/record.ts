import type { AuditEntry } from '../types.js'
import type { ForwardRecord } from './types.js'

/** A record written for a receiver, and whether all of it is there. */
export interface Rendered {
  readonly text: string
  readonly cut: boolean
}

/** How much of each text field is kept when a record is cut, the first that fits. */
const KEPT = [256, 32, 0]

/**
 * Writes a record, and cuts it first where it would be too large: the texts are shortened, the metadata gives way to the
 * size of the line and where it stands. Number and hash stay, so that what was left out can be found in the log.
 */
export function fit(record: ForwardRecord, maxBytes: number, render: (record: ForwardRecord) => string): Rendered {
  const whole = render(record)
  // No UTF-16 unit takes more than three bytes.
  if (whole.length * 3 <= maxBytes || Buffer.byteLength(whole) <= maxBytes) return { text: whole, cut: false }
  let text = ''
  for (const bytes of KEPT) {
    text = render(shortened(record, bytes))
    if (Buffer.byteLength(text) <= maxBytes) break
  }
  return { text, cut: true }
}

function shortened({ entry, line }: ForwardRecord, bytes: number): ForwardRecord {
  const optional = (text: string | null): string | null => (text === null ? null : shorten(text, bytes))
  const left: AuditEntry = {
    ...entry,
    who: shorten(entry.who, bytes),
    what: shorten(entry.what, bytes),
    where: optional(entry.where),
    why: optional(entry.why),
    metadata: { cut: { bytes: Buffer.byteLength(line), pointer: `audit.jsonl#${entry.seq}` } },
  }
  return { entry: left, line: JSON.stringify(left) }
}

/** The beginning of a text whose JSON has at most so many bytes. */
function shorten(text: string, bytes: number): string {
  let size = 0
  let end = 0
  for (const character of text) {
    size += Buffer.byteLength(JSON.stringify(character)) - 2
    if (size > bytes) return `${text.slice(0, end)}…`
    end += character.length
  }
  return text
}
