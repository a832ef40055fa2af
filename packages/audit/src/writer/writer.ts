import { join } from 'node:path'
import { LOG_NAME } from '../chain/name.js'
import { originIn } from '../checkpoint/leaves.js'
import { Checkpointer } from '../checkpoint/checkpointer.js'
import { restoreTree } from '../checkpoint/restore.js'
import { AuditError } from '../error.js'
import { draftOf } from '../format/draft.js'
import type { Seal } from '../format/draft.js'
import type { Job, Seat } from '../job.js'
import type { Lock } from '../lock/lock.js'
import { holdsEntry } from '../segments/locate.js'
import { Housekeeper } from '../segments/housekeeper.js'
import { settle } from '../segments/rotation.js'
import { LogView } from '../segments/view.js'
import type { SegmentLimits, Signing } from '../settings.js'
import type { GrowingTree } from '../tree/subtrees.js'
import type { AuditInput } from '../types.js'
import { announce, withdraw } from '../wire/address.js'
import { Server } from '../wire/server.js'
import { Committer } from './committer.js'
import { LogFile } from './log-file.js'
import { SegmentClock } from './segment-clock.js'
import { turnOver } from './turn.js'

interface WriterOptions {
  readonly lock: Lock
  readonly timestamp: () => string
  readonly signing: Signing | undefined
  readonly segments: SegmentLimits
}

interface WriterParts {
  readonly dir: string
  readonly lock: Lock
  readonly file: LogFile
  readonly tree: GrowingTree
  readonly committer: Committer
  readonly server: Server
  readonly checkpointer: Checkpointer | undefined
  readonly housekeeper: Housekeeper
}

/** The seat of the one process that writes the log, for itself and for all others. */
export class Writer implements Seat {
  readonly #parts: WriterParts

  private constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** Recovers the log, then listens: whoever reaches a writer finds every entry of the one before it synced. */
  static async start(dir: string, options: WriterOptions): Promise<Writer> {
    const { lock, timestamp, signing, segments } = options
    const path = join(dir, LOG_NAME)
    settle(path)
    const file = new LogFile(path, timestamp)
    let tree: GrowingTree | undefined
    let server: Server | undefined
    try {
      const begun = await begin(path, { file, segments, timestamp })
      tree = begun.tree
      const growing = begun.tree
      const checkpointer = signing && Checkpointer.open({ dir, signing, tree: growing, origin: begun.origin, file })
      const committer: Committer = new Committer(file, {
        committed: ({ hashes }) => {
          for (const hash of hashes) growing.append(Buffer.from(hash.slice('sha256:'.length), 'hex'))
          checkpointer?.committed(hashes[0] ?? '')
        },
        turn: (recordedAt) =>
          turnOver({ file, path, tree: growing, clock: begun.clock, timestamp, recordedAt }, turned),
        hold: (ticket, place) => {
          if (checkpointer !== undefined) checkpointer.hold(ticket, place)
          else ticket.failed(notAnchored())
        },
      })
      const submit = (input: AuditInput): Promise<Seal> => submitOwn(committer, input, timestamp())
      const housekeeper = new Housekeeper(path, { submit, now: () => new Date(timestamp()), segments })
      const turned = (hash: string): void => {
        growing.append(Buffer.from(hash.slice('sha256:'.length), 'hex'))
        checkpointer?.committed(hash)
        housekeeper.start()
      }
      server = await Server.start(dir, (ticket) => {
        committer.submit(ticket)
      })
      announce(dir, { pid: process.pid, address: server.address })
      housekeeper.start()
      return new Writer({ dir, lock, file, tree, committer, server, checkpointer, housekeeper })
    } catch (error) {
      server?.stop()
      tree?.close()
      file.close()
      throw error
    }
  }

  submit(job: Job): void {
    this.#parts.committer.submit({
      draft: job.draft,
      durability: job.durability,
      origin: undefined,
      committed: (place) => {
        job.committed(place)
      },
      failed: (error) => {
        job.failed(error)
      },
    })
  }

  holds(place: Seal): boolean {
    return holdsEntry(join(this.#parts.dir, LOG_NAME), place)
  }

  /** Gives the socket up before the lock: the next writer must not find its own socket removed. */
  async close(): Promise<void> {
    const { dir, lock, file, tree, committer, server, checkpointer, housekeeper } = this.#parts
    await housekeeper.stop()
    server.stop()
    await committer.idle()
    try {
      withdraw(dir)
      await file.exclusive(() => file.sync())
      await checkpointer?.close()
    } finally {
      server.end()
      tree.close()
      file.close()
      await lock.release()
    }
  }
}

interface Begun {
  readonly tree: GrowingTree
  readonly clock: SegmentClock
  readonly origin: string | undefined
}

async function begin(
  path: string,
  { file, segments, timestamp }: Omit<WriterOptions, 'lock' | 'signing'> & { file: LogFile },
): Promise<Begun> {
  const view = LogView.open(path)
  if (view === undefined) throw new AuditError('LOG_DAMAGED', `expected ${path}, which was just opened, to be there`)
  try {
    const tree = await restoreTree(view, file.head)
    const clock = new SegmentClock(view, { maxBytes: segments.maxBytes, timestamp })
    return { tree, clock, origin: originIn(view) }
  } finally {
    view.close()
  }
}

function submitOwn(committer: Committer, input: AuditInput, timestamp: string): Promise<Seal> {
  return new Promise((committed, failed) => {
    committer.submit({ draft: draftOf(input, timestamp), durability: 'durable', origin: undefined, committed, failed })
  })
}

function notAnchored(): AuditError {
  return new AuditError(
    'NOT_ANCHORED',
    'expected a writer with checkpoints and anchors, but the process that writes this log has none; the record is on disk',
  )
}
