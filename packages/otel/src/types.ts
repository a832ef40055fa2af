import type { FlushMoment } from './export/exit.js'
import type { DeliveryCounts, TelemetryProblem } from './export/problem.js'
import type { Metrics } from './metrics/metrics.js'
import type { Signal } from './settings/endpoint.js'
import type { SessionSpans } from './spans/documented.js'
import type { GenAiSpans } from './spans/gen-ai.js'
import type { GovernanceSpans } from './spans/governance.js'
import type { Attributes } from './trace/attributes.js'
import type { Span } from './trace/span.js'
import type { SpanOptions } from './trace/tracer.js'

/** How to open telemetry. */
export interface TelemetryOptions {
  /** True turns it on, false off. Default: on where an endpoint is given. `OTEL_SDK_DISABLED=true` always wins. */
  readonly enabled?: boolean | undefined
  /** Base URL of a collector, or `file:` URL of a folder. Default `LOKI_OTEL_ENDPOINT`. */
  readonly endpoint?: string | undefined
  readonly serviceName?: string | undefined
  /** Attributes of all that is sent: which project, which tenant. */
  readonly resource?: Attributes | undefined
  /** True keeps prompts and commands in attributes. Default `LOKI_OTEL_CONTENT`, else false. */
  readonly content?: boolean | undefined
  /** Takes secrets out of every text of a span before it leaves. Should it throw, the span is dropped. */
  readonly redact?: ((text: string) => string) | undefined
  /** Metrics to send; default: metrics of its own. They go on where telemetry is off. */
  readonly metrics?: Metrics | undefined
  /** When to flush by itself. Default: when the program has nothing left to do. */
  readonly flushAt?: readonly FlushMoment[] | undefined
  /** Most milliseconds that `flush` and `close` wait for a collector. Default 5000. */
  readonly flushTimeoutMs?: number | undefined
  /** Most milliseconds for which one request is tried again. Default 5 minutes. */
  readonly giveUpMs?: number | undefined
  /** Bytes of spans that may wait to be sent. Default 16 MiB. */
  readonly maxQueueBytes?: number | undefined
  /** Told of each kind of trouble once. Default: a line on stderr. */
  readonly onProblem?: ((problem: TelemetryProblem) => void) | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly now?: (() => Date) | undefined
  /** From 0 to 1, for the spread of waits. */
  readonly random?: (() => number) | undefined
}

/** Traces and metrics of a program. Nothing of it throws, and nothing but `flush` and `close` waits. */
export interface Telemetry extends SessionSpans, GovernanceSpans, GenAiSpans {
  readonly enabled: boolean
  readonly metrics: Metrics
  /** Any other span. */
  startSpan(name: string, options?: SpanOptions): Span
  /** What became of spans and points so far. */
  counts(): Readonly<Record<Signal, DeliveryCounts>>
  /** Sends what waits. Resolves when it is delivered or dropped, at the latest after `flushTimeoutMs`. */
  flush(): Promise<void>
  /** Flushes, and gives up what could not be delivered. What comes after it is dropped. */
  close(): Promise<void>
}
