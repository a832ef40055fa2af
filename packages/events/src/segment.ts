import { crc32 } from 'node:zlib'
import { type LokiEvent, parseEvent } from './event.js'

/** One numbered event, or what is left of a line whose checksum does not hold. */
export type LogRecord =
  | { readonly kind: 'event'; readonly seq: number; readonly event: LokiEvent }
  | { readonly kind: 'damaged'; readonly seq: number; readonly line: string }

/** An event on its way into the log: its file name and the text of its file. */
export type Entry = { readonly name: string; readonly text: string }

const HEAD = /^\{"seq":(\d{1,15}),"name":("(?:[^"\\]|\\.)*"),"event":/
const TAIL = /,"crc":"([0-9a-f]{8})"\}$/

/** The file name of the segment that begins with an event number. */
export function segmentName(first: number): string {
  return `${String(first).padStart(14, '0')}.jsonl`
}

/** The number with which a segment begins, or undefined for a file that is not a segment. */
export function firstOf(fileName: string): number | undefined {
  return /^\d{14}\.jsonl$/.test(fileName) ? Number(fileName.slice(0, 14)) : undefined
}

/**
 * One line of a segment. The event's own text goes in as it was written, so nothing a peer said is lost or reformatted:
 * a line break between JSON tokens is white space, and inside a string it cannot be.
 */
export function encodeLine(seq: number, entry: Entry): string {
  const event = entry.text.replace(/[\r\n]+/g, ' ').trim()
  const body = `{"seq":${seq},"name":${JSON.stringify(entry.name)},"event":${event}`
  return `${body},"crc":"${checksum(body)}"}\n`
}

/** The number and file name at the head of a line, without parsing or checking the rest. */
export function headOf(line: string): { readonly seq: number; readonly name: string } | undefined {
  const match = HEAD.exec(line)
  if (match?.[2] === undefined) return undefined
  // The pattern admits only a JSON string here.
  return { seq: Number(match[1]), name: JSON.parse(match[2]) as string }
}

/** Every event of a segment from a number on, each checked; a damaged line keeps its place. */
export function decodeSegment(text: string, range: { readonly first: number; readonly from: number }): LogRecord[] {
  const records: LogRecord[] = []
  let seq = range.first
  for (const line of linesOf(text)) {
    if (seq >= range.from) records.push(decodeLine(line, seq))
    seq += 1
  }
  return records
}

/** The lines of a segment, without their ends. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function decodeLine(line: string, seq: number): LogRecord {
  const head = HEAD.exec(line)
  const tail = TAIL.exec(line)
  const name = headOf(line)?.name
  if (head === null || tail === null || name === undefined || Number(head[1]) !== seq) {
    return { kind: 'damaged', seq, line }
  }
  if (checksum(line.slice(0, tail.index)) !== tail[1]) return { kind: 'damaged', seq, line }
  const event = parseEvent(line.slice(head[0].length, tail.index), name)
  return typeof event === 'string' ? { kind: 'damaged', seq, line } : { kind: 'event', seq, event }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
