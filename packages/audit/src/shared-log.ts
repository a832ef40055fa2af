import { join } from 'node:path'
import { LOG_NAME } from './chain/name.js'
import { verifyLog } from './chain/verify.js'
import { AuditError, asAuditError } from './error.js'
import { draftOf, entryOf, timestampOf } from './format/draft.js'
import type { Draft, Seal } from './format/draft.js'
import type { Job, Seat } from './job.js'
import { Losses } from './losses.js'
import { describeWriter, takeSeat } from './seating.js'
import { searchLog } from './reading/search.js'
import type { Settings } from './settings.js'
import type { AuditEntry, AuditFilter, AuditInput, AuditLog, ChainReport, Durability, VerifyOptions } from './types.js'

const MAX_PENDING = 16_384
const MAX_PENDING_BYTES = 64 * 1024 * 1024

/** A log that is switched on. It takes its seat, writer or linked to the writer, with the first record. */
export class SharedLog implements AuditLog {
  readonly enabled = true
  readonly dir: string
  readonly #settings: Settings
  readonly #losses: Losses
  readonly #pending = new Set<PendingRecord>()
  #pendingBytes = 0
  #waiting: Job[] = []
  #seat: Seat | undefined
  #seating: AbortController | undefined
  #timer: NodeJS.Timeout | undefined
  #drained: (() => void) | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(settings: Settings) {
    const { dir, now, onAlarm } = settings
    this.dir = dir
    this.#settings = settings
    this.#losses = new Losses({ now, onAlarm, record: (input) => this.#record(input) })
  }

  record(input: AuditInput): Promise<AuditEntry | undefined> {
    const { isAlarming } = this.#settings
    return isAlarming ? this.#losses.guard(this.#record(input)) : this.#record(input)
  }

  #record(input: AuditInput): Promise<AuditEntry> {
    return new Promise((resolve, reject) => {
      const draft = draftOf(input, timestampOf(this.#settings.now))
      this.#checkRoom(draft.bytes)
      const job = new PendingRecord(draft, {
        durability: this.#settings.durability,
        deadline: performance.now() + this.#settings.timeoutMs,
        resolve,
        reject,
        done: () => {
          this.#forget(job)
        },
      })
      this.#pending.add(job)
      this.#pendingBytes += draft.bytes
      this.#timer ??= this.#arm(this.#settings.timeoutMs)
      this.#waiting.push(job)
      this.#advance()
    })
  }

  readEntries(filter: AuditFilter = {}): AsyncIterable<AuditEntry> {
    return searchLog(join(this.dir, LOG_NAME), filter)
  }

  verifyChain(options: VerifyOptions = {}): Promise<ChainReport> {
    return verifyLog(join(this.dir, LOG_NAME), options)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#losses.told()
    this.#isClosed = true
    if (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    }
    clearTimeout(this.#timer)
    this.#seating?.abort()
    const seat = this.#seat
    this.#seat = undefined
    await seat?.close()
  }

  #checkRoom(bytes: number): void {
    if (this.#isClosed || (this.#closing !== undefined && !this.#losses.isTelling))
      throw new AuditError('CLOSED', `expected an open log, but ${this.dir} was closed here`)
    if (this.#pending.size < MAX_PENDING && this.#pendingBytes + bytes <= MAX_PENDING_BYTES) return
    throw new AuditError(
      'QUEUE_FULL',
      `expected fewer than ${MAX_PENDING} records (${MAX_PENDING_BYTES} bytes) waiting for the disk; await record() before the next`,
    )
  }

  #advance(): void {
    if (this.#seat !== undefined) {
      for (const job of this.#waiting) this.#submit(this.#seat, job)
      this.#waiting = []
    } else if (this.#seating === undefined && this.#waiting.length > 0) {
      const seating = new AbortController()
      this.#seating = seating
      void this.#sit(seating)
    }
  }

  async #sit(seating: AbortController): Promise<void> {
    try {
      const seat = await takeSeat(this.dir, {
        timestamp: () => timestampOf(this.#settings.now),
        signing: this.#settings.signing,
        segments: this.#settings.segments,
        ended: (left) => {
          this.#leave(left)
        },
        signal: seating.signal,
      })
      if (seating.signal.aborted) await seat?.close()
      else this.#seat = seat
    } catch (error) {
      const reason = asAuditError(error, 'WRITE_FAILED', `expected to open the log in ${this.dir}`)
      // What waits after an abort waits for a later attempt.
      if (!seating.signal.aborted) for (const job of this.#waiting.splice(0)) job.failed(reason)
    } finally {
      if (this.#seating === seating) this.#seating = undefined
    }
    this.#advance()
  }

  /** A record whose writer died after announcing its place may be in the log already: the log decides. */
  #submit(seat: Seat, job: Job): void {
    if (job.settled) return
    const place = job.announced
    if (place !== undefined) {
      try {
        if (seat.holds(place)) {
          if (job.durability === 'anchored') job.failed(notAnchored())
          else job.committed(place)
          return
        }
      } catch (error) {
        job.failed(asAuditError(error, 'READ_FAILED', 'expected to find out whether a record was written'))
        return
      }
      job.announced = undefined
    }
    seat.submit(job)
  }

  #leave(left: readonly Job[]): void {
    this.#seat = undefined
    this.#waiting = [...left.filter(({ settled }) => !settled), ...this.#waiting]
    if (this.#pending.size > 0) this.#advance()
  }

  #forget(job: PendingRecord): void {
    this.#pending.delete(job)
    this.#pendingBytes -= job.draft.bytes
    if (this.#pending.size > 0) return
    // No record waits: nothing of this log may keep the process alive.
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#drained?.()
  }

  /** One timer for all: records wait equally long, so the oldest is the first to run out. */
  #arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = performance.now()
      const late = [...this.#pending].filter(({ deadline }) => deadline <= now)
      if (late.length > 0) {
        const who = describeWriter(this.dir)
        const message = `expected the record to be on disk within ${this.#settings.timeoutMs} ms, but ${who}. It may still be written`
        for (const job of late) job.failed(new AuditError('TIMEOUT', message))
      }
      const [oldest] = this.#pending
      this.#timer = oldest === undefined ? undefined : this.#arm(Math.max(1, oldest.deadline - now))
      // A link that was being made to a writer that does not answer is given up with the last record that waits for it.
      if (oldest === undefined) this.#giveUp()
    }, Math.ceil(ms))
  }

  #giveUp(): void {
    this.#seating?.abort()
    this.#seating = undefined
    this.#waiting = []
  }
}

function notAnchored(): AuditError {
  return new AuditError(
    'NOT_ANCHORED',
    'expected the record to be anchored, but its writer died before; it is on disk all the same',
  )
}

class PendingRecord implements Job {
  readonly draft: Draft
  readonly durability: Durability
  readonly deadline: number
  announced: Seal | undefined
  #settle: Settle | undefined

  constructor(draft: Draft, options: Settle & { readonly deadline: number; readonly durability: Durability }) {
    this.draft = draft
    this.durability = options.durability
    this.deadline = options.deadline
    this.#settle = options
  }

  get settled(): boolean {
    return this.#settle === undefined
  }

  committed(place: Seal): void {
    const settle = this.#take()
    settle?.resolve(entryOf(this.draft, place))
  }

  failed(error: AuditError): void {
    this.#take()?.reject(error)
  }

  #take(): Settle | undefined {
    const settle = this.#settle
    this.#settle = undefined
    settle?.done()
    return settle
  }
}

interface Settle {
  readonly resolve: (entry: AuditEntry) => void
  readonly reject: (error: AuditError) => void
  readonly done: () => void
}
