import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { hasEntry } from '../chain/tail.js'
import { LOG_NAME } from '../chain/name.js'
import { Checkpointer } from '../checkpoint/checkpointer.js'
import type { Seal } from '../format/draft.js'
import type { Job, Seat } from '../job.js'
import type { Lock } from '../lock/lock.js'
import type { Signing } from '../settings.js'
import { announce, withdraw } from '../wire/address.js'
import { Server } from '../wire/server.js'
import { Committer } from './committer.js'
import { LogFile } from './log-file.js'

interface WriterOptions {
  readonly lock: Lock
  readonly timestamp: () => string
  readonly signing: Signing | undefined
}

interface WriterParts {
  readonly dir: string
  readonly lock: Lock
  readonly file: LogFile
  readonly committer: Committer
  readonly server: Server
  readonly checkpointer: Checkpointer | undefined
}

/** The seat of the one process that writes the log, for itself and for all others. */
export class Writer implements Seat {
  readonly #dir: string
  readonly #lock: Lock
  readonly #file: LogFile
  readonly #committer: Committer
  readonly #server: Server
  readonly #checkpointer: Checkpointer | undefined

  private constructor(parts: WriterParts) {
    this.#dir = parts.dir
    this.#lock = parts.lock
    this.#file = parts.file
    this.#committer = parts.committer
    this.#server = parts.server
    this.#checkpointer = parts.checkpointer
  }

  /** Recovers the log, then listens: whoever reaches a writer finds every entry of the one before it synced. */
  static async start(dir: string, options: WriterOptions): Promise<Writer> {
    const { lock, timestamp, signing } = options
    const file = new LogFile(join(dir, LOG_NAME), timestamp)
    let server: Server | undefined
    try {
      const checkpointer = signing && (await Checkpointer.open(dir, { head: file.head, signing }))
      const committer = new Committer(file, (batch) => checkpointer?.committed(batch))
      server = await Server.start(dir, (ticket) => {
        committer.submit(ticket)
      })
      announce(dir, { pid: process.pid, address: server.address })
      return new Writer({ dir, lock, file, committer, server, checkpointer })
    } catch (error) {
      server?.stop()
      file.close()
      throw error
    }
  }

  submit(job: Job): void {
    this.#committer.submit({
      draft: job.draft,
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
    const fd = openSync(join(this.#dir, LOG_NAME), constants.O_RDONLY)
    try {
      return hasEntry(fd, fstatSync(fd).size, place)
    } finally {
      closeSync(fd)
    }
  }

  /** Gives the socket up before the lock: the next writer must not find its own socket removed. */
  async close(): Promise<void> {
    this.#server.stop()
    await this.#committer.idle()
    this.#server.end()
    try {
      withdraw(this.#dir)
      await this.#checkpointer?.close()
    } finally {
      this.#file.close()
      await this.#lock.release()
    }
  }
}
