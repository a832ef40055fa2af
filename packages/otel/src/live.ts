import type { Carrier } from './export/carrier.js'
import { DeliveryLine } from './export/delivery.js'
import { countFor, type DropReason, type TelemetryProblem, type Told } from './export/problem.js'
import { SpanQueue } from './export/spans.js'
import { familiesOf, type Metrics } from './metrics/metrics.js'
import { encodeMetrics } from './otlp/metrics.js'
import { resourceOf, type Resource } from './otlp/resource.js'
import { encodeTraces } from './otlp/traces.js'
import type { Signal } from './settings/endpoint.js'
import type { Settings } from './settings/settings.js'
import type { SpanRecord } from './trace/span.js'
import type { TelemetryOptions } from './types.js'

const same = (text: string): string => text

/** Sends the spans and metrics of one program until it is closed. */
export class Exporter {
  readonly counts: Readonly<Record<Signal, Told>>
  readonly #settings: Settings
  readonly #metrics: Metrics
  readonly #resource: Resource
  readonly #now: () => number
  readonly #lines: Readonly<Record<Signal, DeliveryLine>>
  readonly #spans: SpanQueue
  readonly #flushTimeoutMs: number
  readonly #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(
    settings: Settings,
    {
      options,
      metrics,
      carrier,
      now,
    }: { options: TelemetryOptions; metrics: Metrics; carrier: Carrier; now: () => number },
  ) {
    this.#settings = settings
    this.#metrics = metrics
    this.#now = now
    this.#resource = resourceOf(settings.resource)
    this.#flushTimeoutMs = options.flushTimeoutMs ?? 5000
    const tell = options.onProblem ?? tellOnStderr
    const countOf = (signal: Signal): Told => countFor(signal, { tell, onDrop: this.#dropped(signal) })
    this.counts = { traces: countOf('traces'), metrics: countOf('metrics') }
    const lineOf = (signal: Signal): DeliveryLine =>
      new DeliveryLine({
        signal,
        carrier,
        told: this.counts[signal],
        random: options.random ?? Math.random,
        tick: () => performance.now(),
        giveUpMs: options.giveUpMs ?? 300_000,
      })
    this.#lines = { traces: lineOf('traces'), metrics: lineOf('metrics') }
    this.#spans = new SpanQueue({
      line: this.#lines.traces,
      told: this.counts.traces,
      encode: (spans) => encodeTraces(spans, this.#resource, options.redact ?? same),
      maxBytes: options.maxQueueBytes ?? 16 * 1024 * 1024,
      batch: settings.batch,
      intervalMs: settings.spanInterval,
    })
    if (settings.signals.metrics.enabled) {
      this.#timer = setInterval(() => void this.#sendMetrics(), settings.metricInterval).unref()
    }
  }

  push(span: SpanRecord): void {
    if (this.#settings.signals.traces.enabled) this.#spans.push(span)
  }

  async flush(): Promise<void> {
    this.#lines.metrics.hurry()
    const latest = Promise.resolve(this.#sending).then(() => this.#sendMetrics()) // one under way has older sums
    await this.#within(Promise.all([this.#spans.drain(), latest]))
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    const flushed = this.flush()
    this.#spans.close()
    await flushed
    this.#lines.traces.stop()
    this.#lines.metrics.stop()
    await this.#within(Promise.all([this.#spans.drain(), this.#sending])) // what is left is counted, at once
  }

  /** Points are sums since the beginning: one request at a time is enough, and one that fails loses nothing. */
  #sendMetrics(): Promise<void> {
    const families = familiesOf(this.#metrics)
    if (families === undefined || !this.#settings.signals.metrics.enabled) return Promise.resolve()
    this.#sending ??= this.#deliverMetrics(Object.values(families)).finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #deliverMetrics(families: Parameters<typeof encodeMetrics>[0]): Promise<void> {
    const { body, points } = encodeMetrics(families, { resource: this.#resource, now: this.#now() })
    if (points > 0) await this.#lines.metrics.deliver(body, points)
  }

  #dropped(signal: Signal): (reason: DropReason, count: number) => void {
    const family = familiesOf(this.#metrics)?.telemetryDropped
    return (reason, count) => {
      family?.add(count, { signal, reason })
    }
  }

  /** Waits for work that holds no program alive itself, so the timer here does, as long as it may take and no longer. */
  async #within(work: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#flushTimeoutMs)
    })
    await Promise.race([work, late])
    clearTimeout(timer)
  }
}

function tellOnStderr({ message }: TelemetryProblem): void {
  // Written at once: a stream whose reader is gone would end the program later.
  process.getBuiltinModule('node:fs').writeSync(2, `loki telemetry: ${message}\n`)
}
