import { setImmediate as nextTurn } from 'node:timers/promises'
import type { AuditError } from '../error.js'
import { asAuditError } from '../error.js'
import { seal } from '../format/draft.js'
import type { Draft, Seal } from '../format/draft.js'
import type { Head } from '../chain/tail.js'
import type { Durability } from '../types.js'
import type { LogFile } from './log-file.js'

/** Somebody outside this process who must know a record's place before it is written. */
export interface Origin {
  /** Hands the places over; false when it cannot be reached, and then none of its records is written. */
  prepare(tickets: readonly Ticket[], seals: readonly Seal[]): Promise<boolean>
  /** Sends what was settled since the last call. */
  flush(): void
}

/** One record on its way to the disk. */
export interface Ticket {
  readonly draft: Draft
  readonly durability: Durability
  readonly origin: Origin | undefined
  committed(place: Seal): void
  failed(error: AuditError): void
}

/** What was written and synced: hashes in the order of the log, and where the log ends now. */
interface Committed {
  readonly hashes: readonly string[]
  readonly head: Head
}

const BATCH_RECORDS = 1024
const BATCH_BYTES = 4 * 1024 * 1024

/** What else happens around a batch. */
export interface CommitterOptions {
  /** Begins a new segment before a batch whose first record is of this time, where one is due. */
  readonly turn: (recordedAt: string) => Promise<void>
  /** Called after every write, before the callers are answered. */
  readonly committed: (batch: Committed) => void
  /** Takes over the answer to a record that waits for more than the disk. */
  readonly hold: (ticket: Ticket, place: Seal) => void
}

/** Writes what is queued, batch after batch, each with one write and one sync. */
export class Committer {
  readonly #file: LogFile
  readonly #options: CommitterOptions
  readonly #queue: Ticket[] = []
  #running: Promise<void> | undefined

  constructor(file: LogFile, options: CommitterOptions) {
    this.#file = file
    this.#options = options
  }

  submit(ticket: Ticket): void {
    this.#queue.push(ticket)
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is queued or under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // Lets everybody who records in this turn of the event loop into the first batch.
    await nextTurn()
    while (this.#queue.length > 0) await this.#commit(this.#take())
    this.#running = undefined
  }

  #take(): Ticket[] {
    let bytes = 0
    let count = 0
    for (const { draft } of this.#queue) {
      bytes += draft.bytes
      if (count === BATCH_RECORDS || (count > 0 && bytes > BATCH_BYTES)) break
      count++
    }
    return this.#queue.splice(0, count)
  }

  async #commit(batch: readonly Ticket[]): Promise<void> {
    const origins = new Set(batch.map(({ origin }) => origin))
    try {
      await this.#file.exclusive(() => this.#options.turn(batch[0]?.draft.timestamp ?? ''))
      const { tickets, seals, hashes, text } = await this.#prepare(batch)
      if (tickets.length > 0) {
        const last = seals.at(-1)
        if (last === undefined) return
        const isSynced = this.#file.notice !== undefined || tickets.some(({ durability }) => durability !== 'buffered')
        const after = { next: last.seq + 1, hash: last.hash, isSynced }
        await this.#file.exclusive(() => this.#file.append(text, after))
        this.#options.committed({ hashes, head: this.#file.head })
        tickets.forEach((ticket, index) => {
          const place = seals[index]
          if (place === undefined) return
          if (ticket.durability === 'anchored') this.#options.hold(ticket, place)
          else ticket.committed(place)
        })
      }
    } catch (error) {
      const reason = asAuditError(error, 'WRITE_FAILED', 'expected to write a batch of records')
      for (const ticket of batch) ticket.failed(reason)
    }
    for (const origin of origins) origin?.flush()
  }

  /**
   * Chains the batch and tells every origin its places before a byte is written: what is in a socket survives our
   * death, so that an origin can look its record up afterwards. One that does not take it leaves the batch.
   */
  async #prepare(batch: readonly Ticket[]): Promise<Chained & { readonly tickets: readonly Ticket[] }> {
    let tickets = batch
    for (;;) {
      const { seals, hashes, text } = this.#chain(tickets)
      const lost = new Set<Origin>()
      for (const [origin, own] of byOrigin(tickets, seals)) {
        if (!(await origin.prepare(own.tickets, own.seals))) lost.add(origin)
      }
      if (lost.size === 0) return { tickets, seals, hashes, text }
      tickets = tickets.filter(({ origin }) => origin === undefined || !lost.has(origin))
    }
  }

  #chain(tickets: readonly Ticket[]): Chained {
    let { next, hash } = this.#file.head
    let text = ''
    const hashes: string[] = []
    const add = (draft: Draft): Seal => {
      const sealed = seal(draft, next, hash)
      text += sealed.line
      next++
      hash = sealed.seal.hash
      hashes.push(hash)
      return sealed.seal
    }
    if (this.#file.notice !== undefined) add(this.#file.notice)
    const seals = tickets.map(({ draft }) => add(draft))
    return { seals, hashes, text }
  }
}

/** A batch as text: the places of its records, and the hashes of all its lines. */
interface Chained {
  readonly seals: readonly Seal[]
  readonly hashes: readonly string[]
  readonly text: string
}

function byOrigin(
  tickets: readonly Ticket[],
  seals: readonly Seal[],
): Map<Origin, { tickets: Ticket[]; seals: Seal[] }> {
  const groups = new Map<Origin, { tickets: Ticket[]; seals: Seal[] }>()
  tickets.forEach((ticket, index) => {
    const place = seals[index]
    if (ticket.origin === undefined || place === undefined) return
    let group = groups.get(ticket.origin)
    if (group === undefined) groups.set(ticket.origin, (group = { tickets: [], seals: [] }))
    group.tickets.push(ticket)
    group.seals.push(place)
  })
  return groups
}
