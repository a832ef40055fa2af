import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Blocks } from '../chain/blocks.js'
import { LOG_NAME } from '../chain/name.js'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { scanLine } from '../format/scan-line.js'
import type { AuditEntry } from '../types.js'
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
  const file = logFile(path)
  if (query.last !== undefined) {
    const { offsets } = await lastMatches(file, matcher, query.last)
    yield* linesAt(file, offsets)
    return
  }
  for await (const { buffer, base, spans } of matchingBlocks(file, matcher)) {
    for (let index = 0; index < spans.length; index += 2) {
      const start = spans[index] ?? 0
      yield checkedLine(buffer, [start, spans[index + 1] ?? 0], { file, offset: base + start })
      if (query.seq !== undefined) return // there is one
    }
  }
}

/** Counts the entries that answer a query, without reading more of them than that takes. */
export async function countLog(path: string, query: AuditQuery = {}): Promise<number> {
  let count = 0
  for await (const { spans } of matchingBlocks(logFile(path), matcherOf(query))) count += spans.length / 2
  return query.last === undefined ? count : Math.min(count, query.last)
}

/** Matches of one block of the log. */
interface MatchingBlock {
  /** Valid until the next block is asked for. */
  readonly buffer: Buffer
  /** Where in the file the buffer begins. */
  readonly base: number
  /** Start and end of each match in turn. */
  readonly spans: readonly number[]
}

/** Where the last matches begin, and where the whole lines ended that were looked at. */
export async function lastMatches(
  file: string,
  matcher: Matcher,
  wanted: number,
): Promise<{ readonly offsets: readonly number[]; readonly end: number }> {
  const offsets: number[] = []
  let end = 0
  for await (const { base, spans, size } of matchingBlocks(file, matcher)) {
    for (let index = 0; index < spans.length; index += 2) offsets.push(base + (spans[index] ?? 0))
    if (offsets.length >= wanted * 2) offsets.splice(0, offsets.length - wanted) // bounded, without shifting each time
    end = base + size
  }
  return { offsets: wanted === 0 ? [] : offsets.slice(-wanted), end }
}

/** Reads the lines that begin at these places. */
export function* linesAt(file: string, offsets: readonly number[]): Generator<string, void, undefined> {
  if (offsets.length === 0) return
  const fd = openSync(file, constants.O_RDONLY)
  try {
    const buffer = Buffer.allocUnsafe(MAX_LINE + 1)
    for (const offset of offsets) {
      const got = readSync(fd, buffer, 0, buffer.length, offset)
      const lf = buffer.subarray(0, got).indexOf(0x0a)
      if (lf < 0) throw damaged(file, offset)
      yield checkedLine(buffer, [0, lf], { file, offset })
    }
  } finally {
    closeSync(fd)
  }
}

/** The text of a line that is a canonical entry with exactly the nine fields; its byte behind `end` is LF. */
export function checkedLine(
  buffer: Buffer,
  [start, end]: readonly [number, number],
  place: { readonly file: string; readonly offset: number },
): string {
  if (scanLine(buffer, start, end) === undefined) throw damaged(place.file, place.offset)
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

/** The error of a line that is no entry; names it by its number, as editors count. */
export function damaged(file: string, offset: number): AuditError {
  return new AuditError(
    'LOG_DAMAGED',
    `expected an audit entry at line ${lineNumber(file, offset)} of ${file}, got something else; verify the log`,
  )
}

async function* matchingBlocks(
  file: string,
  matcher: Matcher,
): AsyncGenerator<MatchingBlock & { readonly size: number }, void, undefined> {
  let blocks: Blocks | undefined
  let base = 0
  try {
    blocks = new Blocks(file)
    const { buffer } = blocks
    for (let size = await blocks.next(); size > 0; size = await blocks.next()) {
      yield { buffer, base, size, spans: spansOf(buffer, size, { matcher, file, base }) }
      base += size
    }
    if (blocks.remainder > MAX_LINE) throw damaged(file, base)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  } finally {
    blocks?.close()
  }
}

/** Finds the matches among the whole lines in `buffer[0, size)`, jumping from needle to needle where there is one. */
function spansOf(
  buffer: Buffer,
  size: number,
  { matcher, file, base }: { readonly matcher: Matcher; readonly file: string; readonly base: number },
): number[] {
  const { needle, matches } = matcher
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
    if (matched === undefined) throw damaged(file, base + start)
    if (matched) spans.push(start, end)
    start = end + 1
  }
  return spans
}

function lineNumber(file: string, offset: number): number {
  const fd = openSync(file, constants.O_RDONLY)
  try {
    const buffer = Buffer.allocUnsafe(256 * 1024)
    let line = 1
    for (let at = 0; at < offset;) {
      const part = buffer.subarray(0, readSync(fd, buffer, 0, Math.min(buffer.length, offset - at), at))
      if (part.length === 0) break
      for (let lf = part.indexOf(0x0a); lf >= 0; lf = part.indexOf(0x0a, lf + 1)) line++
      at += part.length
    }
    return line
  } finally {
    closeSync(fd)
  }
}
