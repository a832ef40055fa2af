import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOG_NAME } from './chain/name.js'
import { asAuditError } from './error.js'
import type { Job, Seat } from './job.js'
import type { SegmentLimits, Signing } from './settings.js'
import { tryLock } from './lock/lock.js'
import { findWriter, isOwnSocket } from './wire/address.js'
import { Link } from './wire/link.js'
import { syncFolder } from './writer/sync-folder.js'
import { Writer } from './writer/writer.js'

interface SeatOptions {
  readonly timestamp: () => string
  readonly signing: Signing | undefined
  readonly segments: SegmentLimits
  /** Called when the writer at the other end of a link is gone, with what it did not answer. */
  readonly ended: (left: readonly Job[]) => void
  readonly signal: AbortSignal
}

/** Links to the log's writer, or becomes it; undefined once nobody waits any more. */
export async function takeSeat(dir: string, options: SeatOptions): Promise<Seat | undefined> {
  try {
    makeFolder(dir)
    for (let round = 0; !options.signal.aborted; round++) {
      const seat = (await link(dir, options)) ?? (await write(dir, options))
      if (seat !== undefined) return seat
      // Somebody holds the lock and does not listen yet, or no longer.
      await sleep((0.5 + Math.random()) * Math.min(200, 8 * 1.5 ** round))
    }
    return undefined
  } catch (error) {
    throw asAuditError(error, 'WRITE_FAILED', `expected to open the log in ${dir}`)
  }
}

/** Names the process that a caller waited for in vain. */
export function describeWriter(dir: string): string {
  try {
    const writer = findWriter(dir)
    if (writer !== undefined) return `process ${writer.pid} is its writer; it is stopped, busy, or its disk hangs`
  } catch {
    // The error that is being described matters more.
  }
  return 'no writer of it answers; see who holds audit.lock in that folder'
}

function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  const first = mkdirSync(dir, { recursive: true, mode: 0o700 })
  if (first !== undefined) syncFolder(dirname(first))
}

async function link(dir: string, options: SeatOptions): Promise<Seat | undefined> {
  const writer = findWriter(dir)
  if (writer === undefined || !isOwnSocket(writer.address)) return undefined
  return Link.open(writer.address, { file: join(dir, LOG_NAME), ended: options.ended, signal: options.signal })
}

async function write(dir: string, options: SeatOptions): Promise<Seat | undefined> {
  const lock = await tryLock(dir)
  if (lock === undefined) return undefined
  try {
    const { timestamp, signing, segments } = options
    return await Writer.start(dir, { lock, timestamp, signing, segments })
  } catch (error) {
    await lock.release()
    throw error
  }
}
