import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { Doorbell, Sleeper } from './doorbell.js'
import { EventsError } from './errors.js'
import type { EventSource, EventType, LokiEvent } from './event.js'
import { foldersOf } from './folders.js'
import { EventLog } from './log.js'
import { type EventsOptions, type Settings, settingsOf } from './options.js'
import type { Position } from './position.js'
import { Sequencer } from './sequencer.js'
import { checkFilter } from './subscribe-options.js'

/** Which events {@link readEvents} gives. */
export interface ReadQuery {
  /** Default: every type. */
  readonly types?: readonly EventType[] | undefined
  /** Default: every source. */
  readonly sources?: readonly EventSource[] | undefined
  /** Events from this number on. */
  readonly fromSeq?: number | undefined
  /** Events from the one with this id on. */
  readonly fromId?: string | undefined
  /** Events whose emitter's clock said this time or later. */
  readonly since?: Date | undefined
  /** Of what is there already, only the last so many. */
  readonly last?: number | undefined
  /** True: does not end, but waits for what comes. Default false. */
  readonly follow?: boolean | undefined
  /** Ends a read that follows. */
  readonly signal?: AbortSignal | undefined
}

/** An event and where it stands. */
export type PlacedEvent = { readonly event: LokiEvent; readonly position: Position }

const SHORT_PAUSE_MS = 100
const LONG_PAUSE_MS = 1000

/**
 * Reads numbered events without being a consumer: no group, no position, no say in what is removed. What is pending is
 * numbered first. Nothing comes from a bus that is off or was never used. Damaged lines are left out and reported.
 *
 * @throws EventsError when the query is refused, the id is not in the log, or the folder cannot be read.
 */
export async function* readEvents(options: EventsOptions = {}, query: ReadQuery = {}): AsyncGenerator<PlacedEvent> {
  const settings = settingsOf(options)
  const reader = new Reader(query, settings?.report)
  if (settings === undefined || (query.follow !== true && !existsSync(settings.dir))) return
  const folders = foldersOf(settings.dir)
  const log = new EventLog(folders)
  const sequencer = new Sequencer(folders, { settings, log })
  const doorbell = new Doorbell([folders.pending, folders.log])
  const sleeper = new Sleeper(false)
  const wake = (): void => {
    sleeper.ring()
  }
  query.signal?.addEventListener('abort', wake)
  try {
    let held: PlacedEvent[] | undefined = query.last === undefined ? undefined : []
    let pause = SHORT_PAUSE_MS
    while (query.signal?.aborted !== true) {
      await sequencer.pass()
      for await (const placed of reader.read(log)) {
        pause = SHORT_PAUSE_MS
        if (held === undefined) yield placed
        else if (held.push(placed) > (query.last ?? 0)) held.shift()
      }
      if (held !== undefined) yield* held
      held = undefined
      if (query.follow !== true) break
      doorbell.add(sleeper)
      await sleeper.sleep(pause)
      pause = Math.min(pause * 2, LONG_PAUSE_MS)
    }
    if (query.follow !== true) reader.finish()
  } finally {
    doorbell.remove(sleeper)
    query.signal?.removeEventListener('abort', wake)
  }
}

class Reader {
  readonly #query: ReadQuery
  readonly #filter: ReturnType<typeof checkFilter>
  readonly #report: Settings['report'] | undefined
  #stream = ''
  #next: number
  #isFound: boolean

  constructor(query: ReadQuery, report: Settings['report'] | undefined) {
    this.#query = query
    this.#report = report
    this.#filter = checkFilter(query)
    const { fromSeq = 1, last = 0, since } = query
    for (const [name, value] of Object.entries({ fromSeq, last })) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new EventsError('BAD_OPTION', `${name} must be a whole number, got ${value}`)
      }
    }
    if (since !== undefined && Number.isNaN(since.getTime())) {
      throw new EventsError('BAD_OPTION', 'since must be a valid date')
    }
    this.#next = fromSeq
    this.#isFound = query.fromId === undefined
  }

  /** What the log holds that was not read yet. */
  async *read(log: EventLog): AsyncGenerator<PlacedEvent> {
    if (this.#stream !== '' && this.#stream !== log.stream) this.#next = 1 // cleared away, and begun anew
    this.#stream = log.stream
    this.#next = Math.max(this.#next, log.first)
    while (this.#next < log.next && this.#stream === log.stream) {
      const records = log.read(this.#next)
      if (records.length === 0) return
      for (const record of records) {
        this.#next = record.seq + 1
        if (record.kind === 'damaged') {
          this.#report?.(new EventsError('DAMAGED', `the checksum of event ${record.seq} does not hold`))
          continue
        }
        if (this.#wants(record.event)) {
          yield { event: record.event, position: { stream: this.#stream, seq: record.seq } }
        }
      }
      await setImmediate()
    }
  }

  /** Says that what was to begin the reading is not there. */
  finish(): void {
    if (this.#isFound) return
    const id = JSON.stringify(this.#query.fromId?.slice(0, 128))
    throw new EventsError('BAD_OPTION', `the log holds no event with the id ${id}; it may have been removed since`)
  }

  #wants(event: LokiEvent): boolean {
    this.#isFound ||= event.id === this.#query.fromId
    if (!this.#isFound) return false
    const { types, sources } = this.#filter
    if (this.#query.since !== undefined && !(Date.parse(event.timestamp) >= this.#query.since.getTime())) return false
    return (types?.has(event.type) ?? true) && (sources?.has(event.source) ?? true)
  }
}
