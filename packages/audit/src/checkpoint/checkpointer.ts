import { join } from 'node:path'
import type { Head } from '../chain/tail.js'
import { LOG_NAME } from '../chain/name.js'
import { asAuditError } from '../error.js'
import type { AuditError } from '../error.js'
import { SessionKey } from '../keys/session.js'
import type { Signer } from '../note/key.js'
import type { Signing } from '../settings.js'
import { Frontier } from '../tree/frontier.js'
import type { Committed } from '../writer/committer.js'
import { headText, originOf } from './checkpoint.js'
import type { TreeHead } from './checkpoint.js'
import { appendHistory, LATEST, replaceFile, saveTree, trimHistory } from './files.js'
import { firstHash } from './leaves.js'
import { restoreTree } from './restore.js'

/** Least time between two checkpoints, and between two lines of the history, in milliseconds. */
const PACE_MS = 1_000
const HISTORY_MS = 60_000

interface Parts {
  readonly dir: string
  readonly signing: Signing
  readonly owner: Signer
  readonly head: Head
  readonly frontier: Frontier
}

/** Signs the tree of a log as it grows; owned by the log's one writer. */
export class Checkpointer {
  readonly #dir: string
  readonly #signing: Signing
  readonly #owner: Signer
  readonly #frontier: Frontier
  #offset: number
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

  private constructor({ dir, signing, owner, head, frontier }: Parts) {
    this.#dir = dir
    this.#signing = signing
    this.#owner = owner
    this.#frontier = frontier
    this.#offset = head.offset
    const first = firstHash(join(dir, LOG_NAME))
    if (first === undefined) return
    this.#begin(first, frontier.size)
    this.#plan()
  }

  /** Takes the tree up where the last writer left it; refuses a log that does not extend its last checkpoint. */
  static async open(dir: string, { head, signing }: { head: Head; signing: Signing }): Promise<Checkpointer> {
    const owner = signing.owner()
    trimHistory(dir)
    const frontier = await restoreTree(dir, head)
    return new Checkpointer({ dir, signing, owner, head, frontier })
  }

  /** Takes note of lines that are synced. */
  committed({ hashes, head }: Committed): void {
    for (const hash of hashes) this.#frontier.append(Buffer.from(hash.slice('sha256:'.length), 'hex'))
    this.#offset = head.offset
    try {
      if (this.#session === undefined) this.#begin(hashes[0] ?? '', 0)
      if (!this.#isSoon) this.#plan()
    } catch (error) {
      this.#fail(error) // the records are on disk, whatever becomes of their checkpoint
    }
  }

  /** Signs what is not signed yet and erases the key; rejects where the last checkpoint could not be written. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#work
    if (this.#frontier.size > this.#signed || this.#failure !== undefined) await this.#sign(true)
    this.#session?.erase()
    this.#session = undefined
    if (this.#failure !== undefined) throw this.#failure
  }

  #begin(first: string, from: number): void {
    this.#origin = originOf(first)
    this.#session = new SessionKey(this.#owner, { origin: this.#origin, from, since: this.#seconds() })
  }

  /** The next checkpoint: soon when there is something to sign, else the heartbeat. */
  #plan(): void {
    if (this.#session === undefined || this.#isClosed || this.#work !== undefined) return
    clearTimeout(this.#timer)
    this.#isSoon = this.#frontier.size > this.#signed
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
    const { size } = this.#frontier
    const frontier = new Frontier(size, this.#frontier.hashes)
    const offset = this.#offset
    this.#lastSigned = performance.now()
    try {
      const head: TreeHead = { origin: this.#origin, size, root: frontier.root() }
      const note = this.#session?.sign(headText(head), this.#seconds())
      if (note === undefined) return
      const isKept = isLast || this.#lastSigned - this.#lastKept >= HISTORY_MS
      if (isKept) await appendHistory(this.#dir, note)
      await replaceFile(join(this.#dir, LATEST), note, true)
      await saveTree(this.#dir, { frontier, offset })
      this.#signed = size
      if (isKept) this.#lastKept = this.#lastSigned
      this.#failure = undefined
    } catch (error) {
      this.#fail(error)
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
