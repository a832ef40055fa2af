import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LOG_NAME } from '../chain/name.js'
import { asAuditError } from '../error.js'
import { scanLine } from '../format/scan-line.js'
import { damagedLine } from '../segments/damage.js'
import { segmentBlocks } from '../segments/lines.js'
import type { LineBlock } from '../segments/lines.js'
import { locate } from '../segments/locate.js'
import { LogView } from '../segments/view.js'
import type { Segment } from '../segments/view.js'
import type { AuditEntry } from '../types.js'
import { lineReader } from './line-reader.js'
import { matcherOf } from './matcher.js'
import type { Matcher } from './matcher.js'
import type { AuditQuery } from './query.js'

/**
 * Streams the entries of a log, file or folder, that answer a query, oldest first, in bounded memory. A log that is not
 * there has none. It looks at raw bytes and reads only what matches, so it is not a verification: see `verifyLog`.
 */
export async function* searchLog(path: string, query: AuditQuery = {}): AsyncGenerator<AuditEntry, void, undefined> {
  for await (const line of searchLines(path, query)) yield entryOfLine(line)
}

/** The same as {@link searchLog}, each entry as its line in the log: the bytes that its hash covers, without LF. */
export async function* searchLines(path: string, query: AuditQuery = {}): AsyncGenerator<string, void, undefined> {
  const matcher = matcherOf(query)
  const view = opened(path)
  if (view === undefined) return
  try {
    yield* linesIn(view, { matcher, query })
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${view.file}`)
  } finally {
    view.close()
  }
}

/** Counts the entries that answer a query, without reading more of them than that takes. */
export async function countLog(path: string, query: AuditQuery = {}): Promise<number> {
  const matcher = matcherOf(query)
  const view = opened(path)
  if (view === undefined) return 0
  try {
    let count = 0
    for (const segment of view.segments) {
      for await (const block of segmentBlocks(segment)) count += spansOf(block, matcher).length / 2
    }
    return query.last === undefined ? count : Math.min(count, query.last)
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${view.file}`)
  } finally {
    view.close()
  }
}

/** Matches of one segment. */
export interface Matches {
  readonly segment: Segment
  /** Where in the segment they begin. */
  readonly offsets: readonly number[]
}

/**
 * The last matches of a log, oldest first, of the open segment those before byte `end`: segments are read from the last one
 * back, until there are enough.
 */
export async function lastMatches(
  view: LogView,
  matcher: Matcher,
  { wanted, end = Infinity }: { readonly wanted: number; readonly end?: number },
): Promise<readonly Matches[]> {
  const found: Matches[] = []
  let missing = wanted
  for (const segment of view.segments.toReversed()) {
    if (missing === 0) break
    const offsets: number[] = []
    for await (const block of segmentBlocks(segment)) {
      const spans = spansOf(block, matcher)
      for (let index = 0; index < spans.length; index += 2) {
        const offset = block.base + (spans[index] ?? 0)
        if (!segment.isOpen || offset < end) offsets.push(offset)
      }
      if (offsets.length >= missing * 2) offsets.splice(0, offsets.length - missing) // bounded, without shifting each time
    }
    found.push({ segment, offsets: offsets.slice(-missing) })
    missing -= Math.min(missing, offsets.length)
  }
  return found.reverse()
}

/** Reads the lines that begin at these places. */
export function* linesAt(matches: readonly Matches[]): Generator<string, void, undefined> {
  for (const { segment, offsets } of matches) {
    if (offsets.length === 0) continue
    const reader = lineReader(segment)
    try {
      for (const offset of offsets) {
        const line = reader.at(offset)
        yield checkedLine(line, [0, line.length - 1], { segment, offset })
      }
    } finally {
      reader.close()
    }
  }
}

/** The text of a line that is a canonical entry with exactly the nine fields; its byte behind `end` is LF. */
export function checkedLine(
  buffer: Buffer,
  [start, end]: readonly [number, number],
  place: { readonly segment: Segment; readonly offset: number },
): string {
  if (scanLine(buffer, start, end) === undefined) throw damagedLine(place.segment, place.offset)
  return buffer.toString('utf8', start, end)
}

/** An entry with its fields in the documented order. */
export function entryOfLine(line: string): AuditEntry {
  const { seq, timestamp, who, what, where, why, metadata, previousHash, hash } = JSON.parse(line) as AuditEntry // a checked line
  return { seq, timestamp, who, what, where, why, metadata, previousHash, hash }
}

/** The file of a log that is named by file or folder. */
export function logFile(path: string): string {
  const file = resolve(path)
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? join(file, LOG_NAME) : file
}

function opened(path: string): LogView | undefined {
  const file = logFile(path)
  try {
    return LogView.open(file)
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
}

async function* linesIn(
  view: LogView,
  { matcher, query }: { readonly matcher: Matcher; readonly query: AuditQuery },
): AsyncGenerator<string, void, undefined> {
  const { last, seq } = query
  if (last !== undefined) {
    yield* linesAt(await lastMatches(view, matcher, { wanted: last }))
    return
  }
  // An entry that is named is found without reading those before it.
  const begin = seq === undefined ? { index: 0, offset: 0 } : locate(view, seq)
  if (begin === undefined) return
  for (const [index, segment] of view.segments.entries()) {
    if (index < begin.index) continue
    for await (const block of segmentBlocks(segment, { offset: index === begin.index ? begin.offset : 0 })) {
      const { buffer, base } = block
      const spans = spansOf(block, matcher)
      for (let at = 0; at < spans.length; at += 2) {
        const start = spans[at] ?? 0
        yield checkedLine(buffer, [start, spans[at + 1] ?? 0], { segment, offset: base + start })
      }
      if (seq !== undefined) return // it is in the first block or nowhere
    }
  }
}

/** Start and end in turn of each match among whole lines, found by jumping from needle to needle where there is one. */
export function spansOf({ segment, buffer, size, base }: LineBlock, { needle, matches }: Matcher): number[] {
  const block = buffer.subarray(0, size)
  const spans: number[] = []
  for (let start = 0; start < size;) {
    if (needle !== undefined) {
      const hit = block.indexOf(needle, start)
      if (hit < 0) break
      start = block.lastIndexOf(0x0a, hit) + 1
    }
    const end = block.indexOf(0x0a, start)
    const matched = matches(block, start, end)
    if (matched === undefined) throw damagedLine(segment, base + start)
    if (matched) spans.push(start, end)
    start = end + 1
  }
  return spans
}
