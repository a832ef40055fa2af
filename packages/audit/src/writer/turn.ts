import { systemCode } from '../error.js'
import { openNext } from '../segments/rotation.js'
import type { GrowingTree } from '../tree/subtrees.js'
import type { LogFile } from './log-file.js'
import type { SegmentClock } from './segment-clock.js'

interface Turn {
  readonly file: LogFile
  readonly path: string
  readonly tree: GrowingTree
  readonly clock: SegmentClock
  readonly timestamp: () => string
  /** Time of the record that comes next. */
  readonly recordedAt: string
}

/**
 * Begins a new segment where one is due: for a new day, for a full one, and after a failed write or sync, since nobody
 * knows what the disk made of the old file. A segment that only is full goes on where the new one cannot be made.
 */
export async function turnOver(turn: Turn, turned: (hash: string) => void): Promise<void> {
  const { file, path, tree, clock, timestamp, recordedAt } = turn
  file.mend()
  const { head, isSuspect } = file
  if (!(isSuspect ? head.next > clock.firstSeq : clock.isDue(head, recordedAt))) return
  try {
    file.checkUnchanged()
    await file.sync()
    tree.sync()
    const now = timestamp()
    const closing = { file: path, head, number: clock.number, firstSeq: clock.firstSeq, timestamp: now }
    const opened = await openNext({ ...closing, root: tree.frontier().root() })
    file.adopt(opened)
    clock.begin(head.next, now)
    turned(opened.hash)
  } catch (error) {
    if (isSuspect && NO_SECOND_NAMES.includes(systemCode(error) ?? '')) return
    if (isSuspect || file.isSuspect) throw error
    clock.postpone()
  }
}

/** A file system on which a file has one name only has one segment only. */
const NO_SECOND_NAMES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']
