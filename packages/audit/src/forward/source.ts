import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { headAt, readHead } from '../chain/tail.js'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'
import type { AuditEntry } from '../types.js'
import type { ForwardRecord, Sink, TargetStatus } from './types.js'

/** A place between two lines of the log. */
export interface Place {
  readonly cursor: TargetStatus['cursor']
  readonly offset: number
}

/** A record with the place behind it. */
export interface Located extends ForwardRecord {
  readonly place: Place
}

/**
 * Reads the next entries behind a place. Every line is verified, and that it follows the one before: what was changed
 * is not sent as if it were the record. Throws LOG_DAMAGED where the log does not hold what was sent already.
 */
export function readBehind(file: string, place: Place, limits: Sink['limits']): Located[] {
  const fd = opened(file)
  if (fd === undefined) {
    if (place.cursor === null) return []
    throw lost(file, place, 'there is no log')
  }
  try {
    const { size } = fstatSync(fd)
    const start = startOf(fd, size, { file, place })
    const buffer = Buffer.allocUnsafe(Math.min(size - start, limits.bytes + MAX_LINE + 1))
    const filled = readSync(fd, buffer, 0, buffer.length, start)
    return linesOf(buffer.subarray(0, filled), { file, start, place, limits })
  } catch (error) {
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  } finally {
    closeSync(fd)
  }
}

/** `seq` of the last entry of the log; null without one. */
export function headOf(file: string): number | null {
  const fd = opened(file)
  if (fd === undefined) return null
  try {
    const { next } = readHead(fd, fstatSync(fd).size, file)
    return next === 0 ? null : next - 1
  } finally {
    closeSync(fd)
  }
}

function opened(file: string): number | undefined {
  try {
    return openSync(file, constants.O_RDONLY)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
}

interface Where {
  readonly file: string
  readonly place: Place
}

/** Where the line behind the cursor begins: at the remembered offset, which the line before it must confirm. */
function startOf(fd: number, size: number, { file, place }: Where): number {
  const { cursor, offset } = place
  if (cursor === null) return 0
  if (offset > size) throw lost(file, place, 'the log is shorter than what was sent')
  const { next, hash, offset: end } = headAt(fd, offset, file)
  if (end === offset && next === cursor.seq + 1 && hash === cursor.hash) return offset
  throw lost(file, place, 'another entry stands there')
}

function linesOf(
  buffer: Buffer,
  { file, start, place, limits }: Where & { readonly start: number; readonly limits: Sink['limits'] },
): Located[] {
  const records: Located[] = []
  let seq = (place.cursor?.seq ?? -1) + 1
  let previous = place.cursor?.hash.slice(7) ?? GENESIS
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
