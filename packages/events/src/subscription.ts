import { setImmediate } from 'node:timers/promises'
import { writeDeadLetter } from './dead-letter.js'
import { lettersToRetry } from './dead-letters.js'
import type { Doorbell } from './doorbell.js'
import { Sleeper } from './doorbell.js'
import { EventsError, messageOf } from './errors.js'
import type { LokiEvent } from './event.js'
import { type Folders, remove } from './folders.js'
import { Lease } from './lease.js'
import type { EventLog } from './log.js'
import type { Settings } from './options.js'
import { type Cursor, readCursor, startCursor, writeCursor } from './position.js'
import type { LogRecord } from './segment.js'
import type { Sequencer } from './sequencer.js'
import type { Handler, Wanted } from './subscribe-options.js'

/** What a subscription works with; its bus owns all of it. */
export type Engine = {
  readonly folders: Folders
  readonly settings: Settings
  readonly log: EventLog
  readonly sequencer: Sequencer
  readonly doorbell: Doorbell
}

const SHORT_PAUSE_MS = 100
const LONG_PAUSE_MS = 1000
const FIRST_BACK_OFF_MS = 100
const LONGEST_BACK_OFF_MS = 10_000
// A kill repeats at most this much: each commit costs an fsync.
const COMMIT_EVENTS = 256
const COMMIT_MS = 50
// Timers and sockets of the program get their turn at least this often.
const BREATH_EVENTS = 64

/** One group's work in this process. */
export class GroupWorker {
  readonly #engine: Engine
  readonly #wanted: Wanted
  readonly #handler: Handler
  readonly #lease: Lease
  readonly #sleeper: Sleeper
  #closing = false
  #cursor: Cursor | undefined
  #uncommitted = 0
  #committedAt = 0
  #lastProblem = ''
  readonly #done: Promise<void>

  constructor(engine: Engine, options: { readonly wanted: Wanted; readonly handler: Handler }) {
    this.#engine = engine
    this.#wanted = options.wanted
    this.#handler = options.handler
    this.#lease = new Lease(engine.folders, options.wanted.group)
    this.#sleeper = new Sleeper(options.wanted.unref)
    this.#done = this.#run()
  }

  /** Ends after the running handler, with its event committed. */
  async close(): Promise<void> {
    this.#closing = true
    this.#sleeper.ring()
    await this.#done
  }

  async #run(): Promise<void> {
    // Begins after subscribe() has returned: a handler may use what that returned.
    await setImmediate()
    let pause = SHORT_PAUSE_MS
    while (!this.#closing) {
      const worked = await this.#attempt(async () => this.#turn())
      if (worked === true) {
        pause = SHORT_PAUSE_MS
        continue
      }
      await this.#sleeper.sleep(pause)
      pause = Math.min(pause * 2, LONG_PAUSE_MS)
    }
    await this.#attempt(() => {
      this.#commit()
    })
    await this.#attempt(() => {
      this.#lease.release()
      this.#engine.sequencer.project()
    })
    this.#engine.doorbell.remove(this.#sleeper)
  }

  /** One look for work; true when there was some. */
  async #turn(): Promise<boolean> {
    const { sequencer, doorbell } = this.#engine
    await sequencer.pass()
    doorbell.add(this.#sleeper)
    if (!this.#lease.hold()) {
      this.#cursor = undefined
      return false
    }
    this.#cursor ??= this.#begin()
    const worked = await this.#deliver()
    await this.#retry()
    this.#lastProblem = ''
    return worked
  }

  /** Gives again, at their old positions, the dead letters that somebody asked for. */
  async #retry(): Promise<void> {
    const { folders } = this.#engine
    for (const { path, letter } of lettersToRetry(folders, this.#wanted.group)) {
      const { seq, stream, event } = letter
      if (event === undefined) continue
      if (!(await this.#work({ kind: 'event', seq, event }, { stream }))) return
      remove(path)
    }
  }

  #begin(): Cursor {
    const { folders, log, settings } = this.#engine
    const { group } = this.#wanted
    const saved = readCursor(folders, group)
    this.#committedAt = performance.now()
    if (saved?.stream === log.stream && saved.next <= log.next) return saved
    if (saved?.stream === log.stream) {
      const text = `group ${group} stands at ${saved.next}, but the log ends before ${log.next}; it begins anew`
      settings.report(new EventsError('DAMAGED', text))
    }
    const fresh = { stream: log.stream, next: log.first }
    // Known from now on, so that nothing is removed before it had its turn.
    if (saved === undefined) startCursor(folders, group, fresh)
    return fresh
  }

  async #deliver(): Promise<boolean> {
    const { log } = this.#engine
    let worked = false
    for (let records = this.#read(); records.length > 0; records = this.#read()) {
      worked = true
      for (const record of records) {
        // The lease may be lost at any commit, the log may be cleared away at any wait.
        if (this.#closing || this.#cursor?.next !== record.seq || this.#cursor.stream !== log.stream) return worked
        if (!(await this.#work(record))) return worked
        this.#advance(record.seq + 1)
        if (record.seq % BREATH_EVENTS === 0) await setImmediate()
      }
    }
    this.#commit()
    return worked
  }

  #read(): LogRecord[] {
    const { log, settings } = this.#engine
    if (this.#cursor?.stream !== log.stream) {
      this.#cursor = undefined
      return []
    }
    const { stream, next } = this.#cursor
    if (next >= log.next) return []
    const records = log.read(next)
    const first = records[0]
    if (first !== undefined && first.seq > next) {
      const removed = first.seq <= log.first
      const text = `group ${this.#wanted.group}: the log holds no events ${next} to ${first.seq - 1}${removed ? ' any more' : ''}; it goes on behind them`
      settings.report(new EventsError(removed ? 'PLACE_LOST' : 'DAMAGED', text))
      this.#cursor = { stream, next: first.seq }
    }
    return records
  }

  /** Gives an event to the handler until it is done with; false when the subscription was closed or lost before. */
  async #work(record: LogRecord, letter?: { readonly stream: string }): Promise<boolean> {
    const stream = letter?.stream ?? this.#engine.log.stream
    if (record.kind === 'damaged') {
      const error = new EventsError('DAMAGED', 'the checksum of this line does not hold')
      this.#bury(record, { tries: 0, error, stream })
      return true
    }
    if (letter === undefined && !this.#wants(record.event)) return true
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#handler(record.event, { stream, seq: record.seq })
        return true
      } catch (error) {
        if (tries >= this.#wanted.tries) {
          this.#bury(record, { tries, error, stream })
          return true
        }
      }
      this.#commit()
      await this.#backOff(Math.min(FIRST_BACK_OFF_MS * 2 ** (tries - 1), LONGEST_BACK_OFF_MS))
      if (this.#closing || !this.#lease.isMine()) return false
    }
  }

  #wants(event: LokiEvent): boolean {
    const { types, sources } = this.#wanted
    return (types?.has(event.type) ?? true) && (sources?.has(event.source) ?? true)
  }

  #bury(
    record: LogRecord,
    failure: { readonly tries: number; readonly error: unknown; readonly stream: string },
  ): void {
    const { folders, settings } = this.#engine
    const { group } = this.#wanted
    const path = writeDeadLetter(folders, record, { ...failure, group, at: settings.now() })
    const text = `group ${group} gave up event ${record.seq} after ${failure.tries} tries (${messageOf(failure.error)}); it is in ${path}`
    settings.report(new EventsError('DEAD_LETTER', text, { cause: failure.error }))
  }

  #advance(next: number): void {
    if (this.#cursor === undefined) return
    this.#cursor = { stream: this.#cursor.stream, next }
    this.#uncommitted += 1
    if (this.#uncommitted >= COMMIT_EVENTS || performance.now() - this.#committedAt >= COMMIT_MS) this.#commit()
  }

  #commit(): void {
    if (this.#uncommitted === 0) return
    this.#uncommitted = 0
    this.#committedAt = performance.now()
    if (this.#cursor === undefined) return
    // Somebody held us for dead and took over; what they have committed is not ours to overwrite.
    if (this.#lease.isMine()) writeCursor(this.#engine.folders, this.#wanted.group, this.#cursor)
    else this.#cursor = undefined
  }

  async #backOff(ms: number): Promise<void> {
    const end = performance.now() + ms
    while (!this.#closing && performance.now() < end) await this.#sleeper.sleep(end - performance.now())
  }

  /** Runs a step that may fail; a failure is told once and tried again. */
  async #attempt<T>(step: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await step()
    } catch (cause) {
      this.#cursor = undefined
      this.#uncommitted = 0
      const message = messageOf(cause)
      if (message !== this.#lastProblem) {
        this.#lastProblem = message
        const problem = new EventsError('READ_FAILED', `group ${this.#wanted.group} cannot go on: ${message}`, {
          cause,
        })
        this.#engine.settings.report(cause instanceof EventsError ? cause : problem)
      }
      return undefined
    }
  }
}
