import type { Source } from '../chain/source.js'
import { MAX_LINE } from '../format/canonical.js'
import { readLink } from '../format/read-link.js'
import type { ChainLink } from '../format/scan-line.js'
import { damagedLine } from './damage.js'
import { GzipSource } from './gzip-source.js'
import { readOpening } from './opening.js'
import { LogView } from './view.js'
import type { Segment } from './view.js'

/** Where a line begins: in which segment of a view, and at which byte of it. */
export interface LinePlace {
  readonly index: number
  readonly offset: number
}

/** A line that was found, and the bytes of it, without LF. */
export interface FoundLine extends LinePlace {
  readonly link: ChainLink
  readonly line: Buffer
}

/**
 * Finds where the first entry with this number or a later one begins, by bisection, without reading what lies between;
 * undefined where the log ends before. It trusts the numbers in the lines.
 */
export function locate(view: LogView, seq: number): LinePlace | undefined {
  let low = 0
  let high = view.segments.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const first = firstSeq(view, middle)
    if (first !== undefined && first <= seq) low = middle
    else high = middle - 1
  }
  for (let index = low; index < view.segments.length; index++) {
    const segment = view.segments[index]
    const offset = segment && offsetIn(segment, seq)
    if (offset !== undefined) return { index, offset }
  }
  return undefined
}

/** Finds one entry; undefined where the log does not have it. */
export function findLine(view: LogView, seq: number): FoundLine | undefined {
  const place = locate(view, seq)
  const segment = view.segments[place?.index ?? -1]
  if (place === undefined || segment === undefined) return undefined
  const source = segment.open()
  try {
    const line = lineAt(source, place.offset)
    const link = line && readLink(Buffer.concat([line, LF]), 0, line.length)
    return line !== undefined && link?.seq === seq ? { ...place, link, line } : undefined
  } finally {
    source.close()
  }
}

/** Whether the log has the entry with this number and hash, in whichever segment. */
export function holdsEntry(file: string, { seq, hash }: { readonly seq: number; readonly hash: string }): boolean {
  const view = LogView.open(file)
  if (view === undefined) return false
  try {
    return `sha256:${findLine(view, seq)?.link.hash ?? ''}` === hash
  } finally {
    view.close()
  }
}

const LF: Buffer = Buffer.of(0x0a)
/** Below this many bytes lines are read one after the other. */
const NEAR = 128 * 1024

function firstSeq(view: LogView, index: number): number | undefined {
  const known = view.firstSeqs.get(index)
  if (known !== undefined) return known
  const source = view.segments[index]?.open()
  try {
    const first = source && readOpening(source)?.seq
    if (first !== undefined) view.firstSeqs.set(index, first)
    return first
  } finally {
    source?.close()
  }
}

function offsetIn(segment: Segment, seq: number): number | undefined {
  const source = segment.open()
  try {
    return source instanceof GzipSource ? inMembers(source, segment, seq) : inBytes(source, segment, { seq })
  } finally {
    source.close()
  }
}

/** Members begin at entries whose number is a multiple of 256, all but the first. */
function inMembers(source: GzipSource, segment: Segment, seq: number): number | undefined {
  const first = readOpening(source)?.seq
  if (first === undefined) throw damagedLine(segment, 0)
  const member = Math.max(0, Math.floor(seq / 256) - Math.floor(first / 256))
  const low = source.positionOf(member)
  return low === undefined ? undefined : inBytes(source, segment, { seq, low })
}

function inBytes(
  source: Source,
  segment: Segment,
  { seq, low = 0, high = source.size }: { seq: number; low?: number; high?: number },
): number | undefined {
  const isBisected = !(source instanceof GzipSource) // a member is small, and what lies between is inflated anyway
  // Whatever begins at or behind `high` has a later number; `low` begins a line with none later.
  while (isBisected && high - low > NEAR) {
    const half = Math.floor((low + high) / 2)
    const middle = lineStart(source, half)
    if (middle === undefined || middle >= high) {
      high = half
      continue
    }
    const found = seqAt(source, segment, middle)
    if (found === undefined || found > seq) high = middle
    else low = middle
    if (found === seq) return middle
  }
  for (let offset = low; offset < source.size;) {
    const line = lineAt(source, offset)
    if (line === undefined) return undefined // without its end it is none yet
    const link = readLink(Buffer.concat([line, LF]), 0, line.length)
    if (link === undefined) throw damagedLine(segment, offset)
    if (link.seq >= seq) return offset
    offset += line.length + 1
  }
  return undefined
}

/** The beginning of the first line that begins behind a place. */
function lineStart(source: Source, position: number): number | undefined {
  const line = bytesToLf(source, position)
  return line === undefined ? undefined : position + line.length + 1
}

function seqAt(source: Source, segment: Segment, offset: number): number | undefined {
  const line = lineAt(source, offset)
  if (line === undefined) return undefined
  const link = readLink(Buffer.concat([line, LF]), 0, line.length)
  if (link === undefined) throw damagedLine(segment, offset)
  return link.seq
}

/** The line that begins at an offset, without LF; undefined where it has no end. */
function lineAt(source: Source, offset: number): Buffer | undefined {
  return bytesToLf(source, offset)
}

function bytesToLf(source: Source, position: number): Buffer | undefined {
  for (let length = 2048; ; length = Math.min(MAX_LINE + 1, length * 8)) {
    const buffer = Buffer.allocUnsafe(length)
    let filled = 0
    for (let got = -1; filled < length && got !== 0; filled += got) {
      got = source.read(buffer, { at: filled, length: length - filled, position: position + filled })
    }
    const lf = buffer.subarray(0, filled).indexOf(0x0a)
    if (lf >= 0) return buffer.subarray(0, lf)
    if (filled < length || length === MAX_LINE + 1) return undefined
  }
}
