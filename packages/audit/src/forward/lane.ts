import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LOG_NAME } from '../chain/name.js'
import { tryLock } from '../lock/lock.js'
import type { Lock } from '../lock/lock.js'
import { waitMs } from './backoff.js'
import type { Backoff } from './backoff.js'
import { deliverBatch } from './batch.js'
import type { BatchResult } from './batch.js'
import { checkpointBehind } from './checkpoint-record.js'
import type { CheckpointRecord } from './checkpoint-record.js'
import { makeFolder, readProgress, writeProgress, writeRefusals } from './cursor.js'
import type { Progress, Refusal } from './cursor.js'
import { headOf, readBehind } from './source.js'
import type { Located } from './source.js'
import { reasonOf } from './sinks/failure.js'
import { destinationOf } from './targets.js'
import type { ForwardTarget, Sink, TargetStatus } from './types.js'

export interface LaneOptions {
  /** Folder of the log. */
  readonly dir: string
  readonly open: () => Sink
  readonly now: () => Date
  readonly pollMs: number
  readonly timeoutMs: number
  readonly backoff: Backoff
}

/** What one turn came to. */
type Turn = { readonly kind: 'sent' | 'idle' } | { readonly kind: 'failed'; readonly retryAfterMs: number }

/** The way of the log to one receiver. Nothing that happens here reaches another lane, or the writer of the log. */
export class Lane {
  readonly #target: ForwardTarget
  readonly #options: LaneOptions
  readonly #folder: string
  readonly #file: string
  readonly #closing = new AbortController()
  #sink: Sink | undefined
  #lock: Lock | undefined
  #progress: Progress | undefined
  /** Read, and not settled yet: of a batch of which the receiver took a part, the rest. */
  #batch: { readonly records: readonly Located[]; readonly settled: Set<number> } | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #running: Promise<void> | undefined

  constructor(target: ForwardTarget, options: LaneOptions) {
    this.#target = target
    this.#options = options
    this.#folder = join(options.dir, 'forward', target.kind)
    this.#file = join(options.dir, LOG_NAME)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Sends what there is; gives up at the first failure. */
  async drain(): Promise<TargetStatus> {
    const head = this.#head()
    for (;;) {
      const turn = await this.#next()
      const seq = this.#progress?.cursor?.seq ?? -1
      if (turn.kind !== 'sent') return this.status()
      if (seq < (head ?? -1)) continue
      // A busy writer would never let the entries end, behind which a checkpoint goes by itself.
      const last = this.#turn.then(() => this.#attempt(true))
      this.#turn = last
      await last
      return this.status()
    }
  }

  status(): TargetStatus {
    const { cursor, delivered, cut, refused, deliveredAt, checkpoint, failure } =
      this.#progress ?? readProgress(this.#folder)
    const head = this.#head()
    return {
      target: this.#target.kind,
      destination: destinationOf(this.#target),
      cursor,
      head,
      lag: Math.max(0, (head ?? -1) - (cursor?.seq ?? -1)),
      delivered,
      cut,
      refused,
      deliveredAt,
      checkpoint,
      failure,
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    await this.#turn
    await this.#sink?.close()
    await this.#lock?.release()
    this.#sink = undefined
    this.#lock = undefined
  }

  async #run(): Promise<void> {
    const { pollMs, backoff } = this.#options
    const { signal } = this.#closing
    let attempts = 0
    while (!signal.aborted) {
      const turn = await this.#next()
      attempts = turn.kind === 'failed' ? attempts + 1 : 0
      if (turn.kind === 'sent') continue
      const pause = turn.kind === 'failed' ? waitMs(backoff, attempts, turn.retryAfterMs) : pollMs
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  /** One turn at a time, whoever asks. */
  #next(): Promise<Turn> {
    const turn = this.#turn.then(() => this.#attempt())
    this.#turn = turn
    return turn
  }

  /** Sends the next entries, or where there are none, or they are not wanted, the checkpoint behind those before. */
  async #attempt(checkpointOnly = false): Promise<Turn> {
    if (this.#closing.signal.aborted) return { kind: 'idle' }
    try {
      if (!(await this.#locked())) return this.#failed('another process forwards this log to it', 0)
      const progress = (this.#progress ??= readProgress(this.#folder))
      this.#sink ??= this.#options.open()
      if (this.#batch === undefined) {
        const records = checkpointOnly ? [] : readBehind(this.#file, progress, this.#sink.limits)
        if (records.length === 0 && !this.#sink.owes) {
          const { cursor, checkpoint: mark } = progress
          const next = checkpointBehind(this.#options.dir, { mark, entries: (cursor?.seq ?? -1) + 1 })
          return next === undefined ? this.#idle() : await this.#sendCheckpoint(this.#sink, next)
        }
        this.#batch = { records, settled: new Set() }
      }
      return await this.#send(this.#sink, this.#batch)
    } catch (error) {
      return this.#failed(reasonOf(error), 0)
    }
  }

  async #locked(): Promise<boolean> {
    if (this.#lock !== undefined) return true
    makeFolder(this.#folder)
    this.#lock = await tryLock(this.#folder)
    // What was read before may be what another process has moved on from.
    if (this.#lock !== undefined) this.#progress = undefined
    return this.#lock !== undefined
  }

  async #send(
    sink: Sink,
    { records, settled }: { readonly records: readonly Located[]; readonly settled: Set<number> },
  ): Promise<Turn> {
    const open = [...records.keys()].filter((place) => !settled.has(place))
    const sent = open.flatMap((place) => records[place] ?? [])
    const { signal } = this.#closing
    const result = await deliverBatch(sink, sent, { signal, timeoutMs: this.#options.timeoutMs })
    this.#settle(sent, result)
    result.outcomes.forEach(({ kind }, index) => {
      const place = open[index]
      if (kind !== 'later' && place !== undefined) settled.add(place)
    })
    if (result.failure !== undefined) {
      return signal.aborted ? { kind: 'idle' } : this.#failed(result.failure, result.retryAfterMs)
    }
    this.#batch = undefined
    const end = records.at(-1)?.place
    if (end === undefined) return this.#idle()
    this.#save({ ...end, deliveredAt: this.#options.now().toISOString(), failure: null })
    return { kind: 'sent' }
  }

  /** It is no entry and counts as none; one that a receiver will not take is written down like one. */
  async #sendCheckpoint(sink: Sink, record: CheckpointRecord): Promise<Turn> {
    const { signal } = this.#closing
    const result = await deliverBatch(sink, [record], { signal, timeoutMs: this.#options.timeoutMs })
    if (result.failure !== undefined) {
      return signal.aborted ? { kind: 'idle' } : this.#failed(result.failure, result.retryAfterMs)
    }
    const { seq, hash } = record.entry
    const at = this.#options.now().toISOString()
    const [outcome] = result.outcomes
    const refused = outcome?.kind === 'refused' ? outcome.reason : result.unnamed[0]?.reason
    if (refused !== undefined) writeRefusals(this.#folder, [{ at, seq, hash, reason: `checkpoint: ${refused}` }])
    this.#save({ checkpoint: record.mark, failure: null })
    return { kind: 'sent' }
  }

  /** Nothing is left to send, so nothing fails any more. */
  #idle(): Turn {
    if (this.#progress?.failure !== null) this.#save({ failure: null })
    return { kind: 'idle' }
  }

  /** Counts what is settled. The refused are written down before the cursor can pass them. */
  #settle(sent: readonly Located[], { outcomes, unnamed }: BatchResult): void {
    const at = this.#options.now().toISOString()
    const refusals: Refusal[] = []
    const refusal = (index: number, reason: string, count?: number): void => {
      const entry = sent[index]?.entry
      if (entry !== undefined) refusals.push({ at, seq: entry.seq, hash: entry.hash, reason, count })
    }
    outcomes.forEach((outcome, index) => {
      if (outcome.kind === 'refused') refusal(index, outcome.reason)
    })
    for (const { count, reason, last } of unnamed) refusal(last, reason, count)
    if (refusals.length > 0) writeRefusals(this.#folder, refusals)
    const progress = this.#progress ?? readProgress(this.#folder)
    const refused = refusals.reduce((sum, { count = 1 }) => sum + count, 0)
    const cut = outcomes.filter(({ kind }) => kind === 'cut').length
    const taken = outcomes.filter(({ kind }) => kind === 'cut' || kind === 'taken').length
    const nameless = unnamed.reduce((sum, { count }) => sum + count, 0)
    this.#progress = {
      ...progress,
      refused: progress.refused + refused,
      cut: progress.cut + cut,
      delivered: progress.delivered + Math.max(0, taken - nameless),
    }
  }

  #failed(reason: string, retryAfterMs: number): Turn {
    try {
      const attempts = (this.#progress?.failure?.attempts ?? 0) + 1
      const failure = { at: this.#options.now().toISOString(), reason, attempts }
      // Only who holds the lock may write; the others keep it to themselves.
      if (this.#lock === undefined) this.#progress = { ...readProgress(this.#folder), failure }
      else this.#save({ failure })
    } catch {
      // The disk is what fails: there is nowhere to write that down, and the next turn meets it again.
    }
    return { kind: 'failed', retryAfterMs }
  }

  #save(changes: Partial<Progress>): void {
    const progress = { ...(this.#progress ?? readProgress(this.#folder)), ...changes }
    this.#progress = progress
    writeProgress(this.#folder, progress)
  }

  #head(): number | null {
    try {
      return headOf(this.#file)
    } catch {
      return null // damaged: a turn tells why
    }
  }
}
