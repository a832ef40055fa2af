import {
  boundText,
  emptyBag,
  LIMITS,
  putAttribute,
  type AttributeBag,
  type Attributes,
  type AttributeValue,
} from './attributes.js'
import { formatTraceparent } from './context.js'

/** What a child needs to know of its parent, also when that is in another program. */
export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly sampled: boolean
  readonly traceState?: string | undefined
}

/** `internal` by default; `client` asks somebody else, `server` answers. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export type SpanStatus = 'unset' | 'ok' | 'error'

/** One piece of work. Nothing it is asked to do throws, and after `end` nothing changes it. */
export interface Span extends SpanContext {
  /** False where it is not sampled or telemetry is off: then nothing is kept of it. */
  readonly recording: boolean
  readonly name: string
  readonly parentSpanId: string | undefined
  /** Its W3C `traceparent`; empty where telemetry is off. */
  readonly traceparent: string
  setAttribute(name: string, value: AttributeValue): Span
  setAttributes(attributes: Attributes): Span
  addEvent(name: string, attributes?: Attributes): Span
  /** The message is kept only where content is. */
  setStatus(status: SpanStatus, message?: string): Span
  /** Marks it failed, with `error.type`: the code or the class of the error, never its message. */
  recordError(error: unknown): Span
  /** Ends it, now or at that time (milliseconds since 1970). A second time does nothing. */
  end(at?: number): void
}

/** What is known of a span that has ended, as exporters and tests see it. */
export interface SpanRecord {
  readonly name: string
  readonly kind: SpanKind
  readonly context: SpanContext
  readonly parentSpanId: string | undefined
  readonly parentRemote: boolean
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** How long it took, in milliseconds. */
  readonly lasted: number
  readonly status: SpanStatus
  readonly statusMessage: string
  readonly attributes: AttributeBag
  readonly events: readonly SpanEvent[]
  readonly droppedEvents: number
  readonly links: readonly SpanContext[]
  /** About its size on the wire. */
  readonly bytes: number
}

export interface SpanEvent {
  readonly name: string
  readonly at: number
  readonly attributes: AttributeBag
}

/** Where a span goes, and what it may keep. */
export interface SpanSink {
  readonly now: () => number
  /** Milliseconds of a clock that never goes back. */
  readonly tick: () => number
  /** False: an attribute of this name is passed over. */
  readonly keeps: (name: string) => boolean
  readonly ended: (record: SpanRecord) => void
}

export interface SpanStart {
  readonly name: string
  readonly kind: SpanKind
  readonly context: SpanContext
  readonly parentSpanId: string | undefined
  readonly parentRemote: boolean
  readonly links: readonly SpanContext[]
  readonly startedAt: number | undefined
}

/** A span that is recorded. Its length comes from the clock that never goes back, so a clock that is set spoils none. */
export class RecordedSpan implements Span, SpanRecord {
  readonly recording = true
  readonly sampled = true
  readonly name: string
  readonly kind: SpanKind
  readonly context: SpanContext
  readonly parentSpanId: string | undefined
  readonly parentRemote: boolean
  readonly startedAt: number
  readonly links: readonly SpanContext[]
  readonly attributes: AttributeBag = emptyBag()
  lasted = 0
  status: SpanStatus = 'unset'
  statusMessage = ''
  droppedEvents = 0
  readonly #sink: SpanSink
  readonly #begun: number
  #events: SpanEvent[] | undefined
  #ended = false

  constructor(start: SpanStart, sink: SpanSink) {
    this.name = start.name
    this.kind = start.kind
    this.context = start.context
    this.parentSpanId = start.parentSpanId
    this.parentRemote = start.parentRemote
    this.links = start.links
    const now = sink.now()
    this.startedAt = start.startedAt ?? now
    this.#begun = sink.tick() - (now - this.startedAt)
    this.#sink = sink
  }

  get traceId(): string {
    return this.context.traceId
  }
  get spanId(): string {
    return this.context.spanId
  }
  get traceState(): string | undefined {
    return this.context.traceState
  }
  get traceparent(): string {
    return formatTraceparent(this.context)
  }
  get events(): readonly SpanEvent[] {
    return this.#events ?? NONE
  }
  get bytes(): number {
    const events = this.#events?.reduce((sum, event) => sum + 80 + event.name.length + event.attributes.bytes, 0) ?? 0
    return 300 + this.name.length + this.attributes.bytes + events + this.links.length * 110
  }

  setAttribute(name: string, value: AttributeValue): this {
    if (!this.#ended && this.#sink.keeps(name)) putAttribute(this.attributes, name, value)
    return this
  }

  setAttributes(attributes: Attributes): this {
    try {
      for (const name in attributes) this.setAttribute(name, attributes[name])
    } catch {
      // A getter of the caller threw; what it would have given is missing.
    }
    return this
  }

  addEvent(name: string, attributes?: Attributes): this {
    if (this.#ended) return this
    this.#events ??= []
    if (this.#events.length >= LIMITS.events) {
      this.droppedEvents += 1
      return this
    }
    const bag = emptyBag()
    try {
      for (const key in attributes) if (this.#sink.keeps(key)) putAttribute(bag, key, attributes[key])
    } catch {
      // As above.
    }
    this.#events.push({
      name: boundText(name, LIMITS.name),
      at: this.startedAt + this.#elapsed(),
      attributes: bag,
    })
    return this
  }

  setStatus(status: SpanStatus, message = ''): this {
    if (this.#ended) return this
    this.status = status
    this.statusMessage = status === 'error' && this.#sink.keeps('status.message') ? boundText(message, 1024) : ''
    return this
  }

  recordError(error: unknown): this {
    return this.setAttribute('error.type', errorType(error)).setStatus('error', messageOf(error))
  }

  end(at?: number): void {
    if (this.#ended) return
    this.#ended = true
    const lasted = at === undefined ? this.#elapsed() : at - this.startedAt
    this.lasted = lasted > 0 && lasted < Infinity ? lasted : 0
    this.#sink.ended(this)
  }

  #elapsed(): number {
    return Math.max(0, this.#sink.tick() - this.#begun)
  }
}

const NONE: readonly SpanEvent[] = Object.freeze([])

function errorType(error: unknown): string {
  try {
    const code = (error as { readonly code?: unknown } | null | undefined)?.code
    if (typeof code === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(code)) return code
    const name = error instanceof Error ? error.name : typeof error
    return /^[A-Za-z0-9_.-]{1,64}$/.test(name) ? name : '_OTHER'
  } catch {
    return '_OTHER'
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : ''
  } catch {
    return ''
  }
}
