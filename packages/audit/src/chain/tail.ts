import { readSync } from 'node:fs'
import { AuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'

/** The end of the chain on disk: what the next entry follows, and where its line goes. */
export interface Head {
  /** `seq` of the next entry. */
  readonly next: number
  /** `previousHash` of the next entry. */
  readonly hash: string
  /** Bytes of whole lines. */
  readonly offset: number
}

const EMPTY: Head = { next: 0, hash: GENESIS, offset: 0 }

const STEP = 64 * 1024

/** Reads the end of a log, not the log: the last whole line, which must verify in itself. */
export function readHead(fd: number, size: number, file: string): Head {
  const offset = wholeEnd(fd, size)
  if (offset === 0) return EMPTY
  return headAt(fd, offset, file)
}

/** The head of a log whose last whole line ends at `offset`. */
export function headAt(fd: number, offset: number, file: string): Head {
  if (offset === 0) return EMPTY
  const start = lastLf(fd, offset - 1, MAX_LINE + 2) + 1
  const line = Buffer.allocUnsafe(offset - start)
  readFully(fd, line, start)
  const link = checkLine(line, 0, line.length - 1)
  if ('code' in link) {
    throw new AuditError(
      'LOG_DAMAGED',
      `expected ${file} to end in an entry that verifies, but of its last line: ${link.error}. Nothing is added to a damaged log: verify it, keep it as evidence, and move it away to begin a new one`,
    )
  }
  return { next: link.seq + 1, hash: `sha256:${link.hash}`, offset }
}

/** Where the last whole line within the first `size` bytes ends. */
export function wholeEnd(fd: number, size: number): number {
  return lastLf(fd, size) + 1
}

/** Offset of the last LF before `end`, or -1; looks at most `reach` bytes back. */
function lastLf(fd: number, end: number, reach: number = Number.MAX_SAFE_INTEGER): number {
  const floor = Math.max(0, end - reach)
  const buffer = Buffer.allocUnsafe(STEP)
  for (let high = end; high > floor;) {
    const low = Math.max(floor, high - STEP)
    const part = buffer.subarray(0, high - low)
    readFully(fd, part, low)
    const found = part.lastIndexOf(0x0a)
    if (found >= 0) return low + found
    high = low
  }
  return floor - 1
}

function readFully(fd: number, buffer: Buffer, offset: number): void {
  for (let done = 0; done < buffer.length;) {
    const got = readSync(fd, buffer, done, buffer.length - done, offset + done)
    if (got === 0)
      throw new AuditError('READ_FAILED', `expected ${buffer.length} bytes at ${offset} of the log, got ${done}`)
    done += got
  }
}
