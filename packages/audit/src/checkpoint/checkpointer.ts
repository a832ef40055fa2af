import { join } from 'node:path'
import { AuditError, asAuditError } from '../error.js'
import type { Seal } from '../format/draft.js'
import { SessionKey } from '../keys/session.js'
import type { Signer } from '../note/key.js'
import type { Signing } from '../settings.js'
import type { GrowingTree } from '../tree/subtrees.js'
import type { Ticket } from '../writer/committer.js'
import type { LogFile } from '../writer/log-file.js'
import { headText, originOf } from './checkpoint.js'
import type { TreeHead } from './checkpoint.js'
import { appendHistory, LATEST, replaceFile, trimHistory } from './files.js'
import { Waiting } from './waiting.js'

/** Least time between two checkpoints, and between two lines of the history, in milliseconds. */
const PACE_MS = 1_000
const HISTORY_MS = 60_000

interface Parts {
  readonly dir: string
  readonly signing: Signing
  readonly tree: GrowingTree
  /** Name of the log; undefined while it has no entry. */
  readonly origin: string | undefined
  readonly file: Pick<LogFile, 'exclusive' | 'sync'>
}

/** Signs the tree of a log as it grows; owned by the log's one writer. */
export class Checkpointer {
  readonly #dir: string
  readonly #signing: Signing
  readonly #owner: Signer
  readonly #tree: GrowingTree
  readonly #file: Pick<LogFile, 'exclusive' | 'sync'>
  readonly #waiting: Waiting
  #session: SessionKey | undefined
  #origin = ''
  #timer: NodeJS.Timeout | undefined
  #isSoon = false
  #isClosed = false
  #time = 0
  #lastSigned = Number.NEGATIVE_INFINITY
  #lastKept = Number.NEGATIVE_INFINITY
  #signed = 0
  #work: Promise<void> | undefined
  #failure: AuditError | undefined

  private constructor({ dir, signing, tree, origin, file }: Parts) {
    this.#dir = dir
    this.#signing = signing
    this.#owner = signing.owner()
    this.#tree = tree
    this.#file = file
    this.#waiting = new Waiting(signing.anchors)
    if (origin === undefined) return
    this.#begin(origin, tree.size)
    this.#plan()
  }

  /** Takes the tree up where the last writer left it. */
  static open(parts: Parts): Checkpointer {
    trimHistory(parts.dir)
    return new Checkpointer(parts)
  }

  /** Takes note that the tree has grown; `first` is the hash of the first entry that came. */
  committed(first: string): void {
    try {
      if (this.#session === undefined) this.#begin(originOf(first), 0)
      if (!this.#isSoon) this.#plan()
    } catch (error) {
      this.#fail(error) // the records are on disk, whatever becomes of their checkpoint
    }
  }

  /** Answers a record once every anchor has a checkpoint that covers it. */
  hold(ticket: Ticket, place: Seal): void {
    this.#waiting.add(ticket, place)
  }

  /** Signs what is not signed yet and erases the key; rejects where the last checkpoint could not be written. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#work
    if (this.#tree.size > this.#signed || this.#failure !== undefined) await this.#sign(true)
    await this.#waiting.close()
    this.#session?.erase()
    this.#session = undefined
    if (this.#failure !== undefined) throw this.#failure
  }

  #begin(origin: string, from: number): void {
    this.#origin = origin
    this.#session = new SessionKey(this.#owner, { origin: this.#origin, from, since: this.#seconds() })
  }

  /** The next checkpoint: soon when there is something to sign, else the heartbeat. */
  #plan(): void {
    if (this.#session === undefined || this.#isClosed || this.#work !== undefined) return
    clearTimeout(this.#timer)
    this.#isSoon = this.#tree.size > this.#signed
    const wait = this.#isSoon ? PACE_MS : this.#signing.heartbeatMs
    const due = this.#lastSigned + wait - performance.now()
    this.#timer = setTimeout(
      () => {
        this.#work = this.#sign(false).finally(() => {
          this.#work = undefined
          this.#plan()
        })
      },
      Math.max(0, Math.min(wait, due)),
    ).unref()
  }

  async #sign(isLast: boolean): Promise<void> {
    const frontier = this.#tree.frontier()
    const { size } = frontier
    this.#lastSigned = performance.now()
    try {
      await this.#file.exclusive(() => this.#file.sync()) // what is signed must not be lost with the power
      const head: TreeHead = { origin: this.#origin, size, root: frontier.root() }
      const note = this.#session?.sign(headText(head), this.#seconds())
      if (note === undefined) return
      const isKept = isLast || this.#lastSigned - this.#lastKept >= HISTORY_MS
      if (isKept) await appendHistory(this.#dir, note)
      await replaceFile(join(this.#dir, LATEST), note, true)
      this.#signed = size
      if (isKept) this.#lastKept = this.#lastSigned
      this.#failure = undefined
      this.#waiting.signed(note, size)
    } catch (error) {
      this.#fail(error)
      if (this.#failure !== undefined) this.#waiting.failed(this.#failure)
    }
  }

  /** The records are safe without it, and the next checkpoint covers them too; close() says so when none was written. */
  #fail(error: unknown): void {
    this.#failure = asAuditError(error, 'WRITE_FAILED', `expected to write a checkpoint beside the log in ${this.#dir}`)
  }

  /** Never goes back: a session signs no time before its own beginning. */
  #seconds(): number {
    this.#time = Math.max(this.#time, Math.floor(this.#signing.now().getTime() / 1000))
    return this.#time
  }
}
