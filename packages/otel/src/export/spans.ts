import type { SpanRecord } from '../trace/span.js'
import type { DeliveryLine } from './delivery.js'
import type { Told } from './problem.js'

const REQUEST_BYTES = 2 * 1024 * 1024

export interface SpanQueueOptions {
  readonly line: DeliveryLine
  readonly told: Told
  readonly encode: (spans: readonly SpanRecord[]) => string
  readonly maxBytes: number
  readonly batch: number
  readonly intervalMs: number
}

/** Holds spans that have ended until they are sent. Putting one in costs no encoding; a full queue refuses and counts. */
export class SpanQueue {
  readonly #options: SpanQueueOptions
  #waiting: SpanRecord[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #draining: Promise<void> | undefined
  #closed = false

  constructor(options: SpanQueueOptions) {
    this.#options = options
  }

  push(span: SpanRecord): void {
    const { told, maxBytes, batch, intervalMs } = this.#options
    if (this.#closed) {
      told.dropped('closed', 1, 'they ended after telemetry was closed')
      return
    }
    const { bytes } = span
    if (this.#bytes + bytes > maxBytes) {
      told.dropped('overflow', 1, `more than ${maxBytes} bytes wait to be sent`)
      return
    }
    this.#bytes += bytes
    this.#waiting.push(span)
    if (this.#draining !== undefined) return
    if (this.#waiting.length === batch) this.#schedule(0)
    else if (this.#timer === undefined) this.#schedule(intervalMs)
  }

  /** Resolves when all that is in the queue now was delivered or dropped. */
  async drain(): Promise<void> {
    this.#options.line.hurry()
    while (this.#waiting.length > 0 || this.#draining !== undefined) {
      this.#draining ??= this.#run()
      await this.#draining
    }
  }

  /** Takes no more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#draining ??= this.#run()
    }, ms).unref()
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await Promise.resolve() // so that the promise is kept before the first request
    try {
      while (this.#waiting.length > 0) await this.#send(this.#take())
    } finally {
      this.#draining = undefined
    }
  }

  #take(): SpanRecord[] {
    const { batch } = this.#options
    let count = 0
    let bytes = 0
    for (const span of this.#waiting) {
      bytes += span.bytes
      if (count > 0 && (count >= batch || bytes > REQUEST_BYTES)) break
      count += 1
    }
    const taken = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return taken
  }

  async #send(spans: readonly SpanRecord[]): Promise<void> {
    const bytes = spans.reduce((sum, span) => sum + span.bytes, 0)
    const body = this.#encode(spans)
    if (body === undefined) this.#options.told.dropped('refused', spans.length, 'they could not be encoded')
    else await this.#options.line.deliver(body, spans.length)
    this.#bytes -= bytes
  }

  #encode(spans: readonly SpanRecord[]): string | undefined {
    try {
      return this.#options.encode(spans)
    } catch {
      return undefined // the caller's redaction threw
    }
  }
}
