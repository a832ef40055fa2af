import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Head } from '../chain/tail.js'
import { AuditError } from '../error.js'
import { draftOf, seal } from '../format/draft.js'
import { syncFolder } from '../writer/sync-folder.js'
import { NEXT_NAME, SEGMENTS, segmentName, segmentsFolder, TOMBSTONE } from './names.js'
import { OPENED, openingMetadata } from './opening.js'
import type { ClosedFacts } from './opening.js'
import { closedSegments } from './view.js'

/** A segment that has just taken the log's name. */
export interface Opened {
  readonly fd: number
  readonly head: Head
  /** `hash` of its only entry. */
  readonly hash: string
}

/** What is known of the segment that is to be closed. */
export interface Closing {
  readonly file: string
  readonly head: Head
  readonly number: number
  readonly firstSeq: number
  /** Root of the tree over everything up to its end. */
  readonly root: Buffer
  readonly timestamp: string
}

/**
 * Closes the open segment and begins the next one. The next one is written and synced under another name, with its first
 * entry; the old one gets its second name, `segments/000001.jsonl`; then one rename gives the log's name to the next one. So
 * `audit.jsonl` is there at every moment, and whole, and what a crash leaves before the rename is undone by `settle`.
 */
export async function openNext(closing: Closing): Promise<Opened> {
  const { file, head, number, firstSeq, root } = closing
  const dir = dirname(file)
  const { sha256, bytes } = await digest(file)
  if (bytes !== head.offset)
    throw new AuditError('LOG_DAMAGED', `expected ${head.offset} bytes in ${file}, got ${bytes}`)
  const entries = head.next - firstSeq
  const facts: ClosedFacts = { number, entries, firstSeq, bytes, root: root.toString('base64'), sha256 }
  const sealed = seal(
    draftOf(
      { who: 'audit', what: OPENED, where: join(SEGMENTS, segmentName(number)), metadata: openingMetadata(facts) },
      closing.timestamp,
    ),
    head.next,
    head.hash,
  )
  const next = join(dir, NEXT_NAME)
  rmSync(next, { force: true })
  const fd = openSync(next, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    const line = Buffer.from(sealed.line)
    for (let done = 0; done < line.length;) done += writeSync(fd, line, done)
    fsyncSync(fd)
    const folder = segmentsFolder(file)
    if (!existsSync(folder)) {
      mkdirSync(folder, { mode: 0o700 })
      syncFolder(dir)
    }
    linkSync(file, join(folder, segmentName(number)))
    syncFolder(folder)
    renameSync(next, file)
    syncFolder(dir)
    return { fd, head: { next: head.next + 1, hash: sealed.seal.hash, offset: line.length }, hash: sealed.seal.hash }
  } catch (error) {
    closeSync(fd)
    settle(file)
    throw error
  }
}

/**
 * Undoes what an interrupted rotation left; for the holder of the lock alone. Throws an AuditError `LOG_DAMAGED` for closed
 * segments without an open one: a new log must not begin among them.
 */
export function settle(file: string): void {
  rmSync(join(dirname(file), NEXT_NAME), { force: true })
  const numbers = closedSegments(file)
  if (numbers.length === 0 && !existsSync(join(segmentsFolder(file), TOMBSTONE))) return
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined || stat.size === 0) {
    throw new AuditError(
      'LOG_DAMAGED',
      `expected ${file} to follow the closed segments in ${segmentsFolder(file)}, but it is ${stat === undefined ? 'gone' : 'empty'}: it was removed or emptied. Verify the log and move it away to begin a new one`,
    )
  }
  const fd = openSync(file, constants.O_RDONLY)
  try {
    // The open segment's second name: the rename behind it never happened.
    const second = numbers[closedSegments(file, fd).length]
    if (second !== undefined) rmSync(join(segmentsFolder(file), segmentName(second.number)))
  } finally {
    closeSync(fd)
  }
}

async function digest(file: string): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const handle = await open(file, 'r')
  try {
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(1024 * 1024)
    let bytes = 0
    for (let got = -1; got !== 0; bytes += got) {
      got = (await handle.read(buffer, 0, buffer.length, bytes)).bytesRead
      hash.update(buffer.subarray(0, got))
    }
    return { sha256: hash.digest('hex'), bytes }
  } finally {
    await handle.close()
  }
}
