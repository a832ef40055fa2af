import { headAt, readHead } from '../chain/tail.js'
import { AuditError, asAuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'
import { findLine } from '../segments/locate.js'
import type { LinePlace } from '../segments/locate.js'
import { LogView } from '../segments/view.js'
import type { AuditEntry } from '../types.js'
import type { ForwardRecord, Sink, TargetStatus } from './types.js'

/** A place between two lines of the log. */
export interface Place {
  readonly cursor: TargetStatus['cursor']
  /** Bytes of the cursor's segment up to the end of its line: where to look first. */
  readonly offset: number
}

/** A record with the place behind it. */
export interface Located extends ForwardRecord {
  readonly place: Place
}

/**
 * Reads the next entries behind a place, of one segment at most. Every line is verified, and that it follows the one
 * before: what was changed is not sent as if it were the record. Throws LOG_DAMAGED where the log does not hold what was
 * sent already.
 */
export function readBehind(file: string, place: Place, limits: Sink['limits']): Located[] {
  const view = opened(file)
  if (view === undefined) {
    if (place.cursor === null) return []
    throw lost(file, place, 'there is no log')
  }
  try {
    let { index, offset } = startOf(view, place)
    for (; index < view.segments.length; index++, offset = 0) {
      const records = recordsOf(view, { index, offset }, { place, limits })
      if (records.length > 0) return records
    }
    return []
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  } finally {
    view.close()
  }
}

/** `seq` of the last entry of the log; null without one. */
export function headOf(file: string): number | null {
  const view = opened(file)
  if (view === undefined) return null
  try {
    const { next } = readHead(view.fd, view.segments.at(-1)?.open().size ?? 0, file)
    return next === 0 ? null : next - 1
  } finally {
    view.close()
  }
}

function opened(file: string): LogView | undefined {
  try {
    return LogView.open(file)
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
}

/** Where the line behind the cursor begins, which the cursor's own line must confirm. */
function startOf(view: LogView, place: Place): LinePlace {
  const { cursor, offset } = place
  const { file, tombstone } = view
  if (cursor === null) return { index: 0, offset: 0 }
  const open = view.segments.length - 1
  if (isBehind(view, place)) return { index: open, offset }
  if (tombstone !== undefined && cursor.seq < tombstone.entries) {
    if (cursor.seq === tombstone.entries - 1 && cursor.hash === tombstone.lastHash) return { index: 0, offset: 0 }
    throw lost(file, place, `it was pruned with the first ${tombstone.entries}, of which not all were sent`)
  }
  const found = findLine(view, cursor.seq)
  if (found === undefined) throw lost(file, place, 'the log is shorter than what was sent')
  if (`sha256:${found.link.hash}` !== cursor.hash) throw lost(file, place, 'another entry stands there')
  return { index: found.index, offset: found.offset + found.line.length + 1 }
}

/** Whether the remembered offset of the open segment is the end of the cursor's line. */
function isBehind(view: LogView, { cursor, offset }: Place): boolean {
  if (offset === 0 || offset > (view.segments.at(-1)?.open().size ?? 0)) return false
  try {
    const { next, hash } = headAt(view.fd, offset, view.file)
    return next - 1 === cursor?.seq && hash === cursor.hash
  } catch {
    return false // of another segment
  }
}

interface Wanted {
  readonly place: Place
  readonly limits: Sink['limits']
}

function recordsOf(view: LogView, { index, offset }: LinePlace, wanted: Wanted): Located[] {
  const segment = view.segments[index]
  if (segment === undefined) return []
  const source = segment.open()
  try {
    const buffer = Buffer.allocUnsafe(Math.min(Math.max(0, source.size - offset), wanted.limits.bytes + MAX_LINE + 1))
    let filled = 0
    for (let got = -1; got !== 0 && filled < buffer.length; filled += got) {
      got = source.read(buffer, { at: filled, length: buffer.length - filled, position: offset + filled })
    }
    return linesOf(buffer.subarray(0, filled), { ...wanted, view, file: segment.file, start: offset })
  } finally {
    source.close()
  }
}

function linesOf(
  buffer: Buffer,
  {
    view,
    file,
    start,
    place,
    limits,
  }: Wanted & { readonly view: LogView; readonly file: string; readonly start: number },
): Located[] {
  const records: Located[] = []
  const { tombstone } = view
  let seq = place.cursor === null ? (tombstone?.entries ?? 0) : place.cursor.seq + 1
  let previous = (place.cursor?.hash ?? tombstone?.lastHash ?? `sha256:${GENESIS}`).slice('sha256:'.length)
  let bytes = 0
  for (let at = 0; records.length < limits.records;) {
    const lf = buffer.indexOf(0x0a, at)
    // A line without its end is none yet; one that is too long to be an entry never will be.
    if (lf < 0 && buffer.length - at <= MAX_LINE) break
    const end = lf < 0 ? buffer.length : lf
    if (records.length > 0 && bytes + end - at > limits.bytes) break
    const line = buffer.toString('utf8', at, end)
    const link = checkLine(buffer, at, end)
    const error =
      'code' in link
        ? link.error
        : link.seq !== seq
          ? `expected seq ${seq}, got ${link.seq}`
          : link.previous !== previous
            ? 'its previousHash is not the hash of the entry before it'
            : undefined
    if (error !== undefined || 'code' in link) {
      // What came before it is sound, and goes out first.
      if (records.length > 0) break
      throw new AuditError(
        'LOG_DAMAGED',
        `expected entry ${seq} of ${file} to verify, but: ${error ?? ''}. Nothing behind it is sent; verify the log`,
      )
    }
    bytes += end - at
    at = end + 1
    const hash = `sha256:${link.hash}`
    const entry = JSON.parse(line) as AuditEntry // checked: exactly the nine fields
    records.push({ entry, line, place: { cursor: { seq, hash }, offset: start + at } })
    previous = link.hash
    seq += 1
  }
  return records
}

function lost(file: string, { cursor }: Place, why: string): AuditError {
  return new AuditError(
    'LOG_DAMAGED',
    `expected entry ${cursor?.seq ?? 0} (${cursor?.hash ?? ''}), which was sent, in ${file}, but ${why}: the log was cut, replaced or rewritten. Verify it; to forward a new log from its beginning, remove the cursor`,
  )
}
