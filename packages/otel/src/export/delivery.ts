import type { Signal } from '../settings/endpoint.js'
import type { Carrier } from './carrier.js'
import type { Told } from './problem.js'

const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 30_000

export interface DeliveryOptions {
  readonly signal: Signal
  readonly carrier: Carrier
  readonly told: Told
  readonly random: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly tick: () => number
  /** How long one request is tried again. */
  readonly giveUpMs: number
}

/** Takes one request after the other to its end: again and again while the collector is not there, with growing waits. */
export class DeliveryLine {
  readonly #options: DeliveryOptions
  readonly #abort = new AbortController()
  #attempt = 0
  #wake: (() => void) | undefined

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** Resolves when the request was delivered or dropped; it never rejects. */
  async deliver(body: string, count: number): Promise<void> {
    const { signal, carrier, told, tick, giveUpMs } = this.#options
    const since = tick()
    this.#attempt = 0
    for (;;) {
      if (this.#stopped()) {
        told.dropped('abandoned', count, 'the program ended before they were delivered')
        return
      }
      const result = await carrier.send(signal, body, this.#abort.signal)
      if (result.kind === 'delivered') {
        told.delivered(Math.max(0, count - result.rejected))
        told.dropped('rejected', Math.min(count, result.rejected), 'the collector took a part of them')
        return
      }
      if (result.kind === 'refused') {
        told.dropped('refused', count, result.problem)
        return
      }
      if (!this.#stopped() && tick() - since >= giveUpMs) {
        told.dropped('abandoned', count, result.problem)
        return
      }
      if (!this.#stopped()) told.waiting(result.problem)
      await this.#wait(result.afterMs)
    }
  }

  /** Ends a wait that we chose ourselves, and makes the next ones short; one that the collector asked for is kept to. */
  hurry(): void {
    this.#attempt = 0
    this.#wake?.()
  }

  /** Breaks off the request under way and drops what comes after it. */
  stop(): void {
    this.#abort.abort()
  }

  #stopped(): boolean {
    return this.#abort.signal.aborted
  }

  async #wait(afterMs: number | undefined): Promise<void> {
    const own = Math.min(FIRST_WAIT_MS * 2 ** Math.min(this.#attempt, 10), LONGEST_WAIT_MS)
    this.#attempt += 1
    const jitter = 0.5 + this.#options.random()
    const ms = afterMs === undefined ? own * jitter : afterMs + Math.min(100, afterMs) * this.#options.random()
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms).unref()
      const { signal } = this.#abort
      function done(): void {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      if (signal.aborted) done()
      signal.addEventListener('abort', done)
      this.#wake = afterMs === undefined ? done : undefined
    })
    this.#wake = undefined
  }
}
