import type { SpanContext, SpanKind, SpanRecord, SpanStatus } from '../trace/span.js'
import { SCOPE, type Resource } from './resource.js'
import { keyValues, nanoseconds, type Redact } from './value.js'

const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 }
const STATUSES: Readonly<Record<SpanStatus, number>> = { unset: 0, ok: 1, error: 2 }

// Flags of a span, beside those of its trace: bit 8 says that bit 9 is meant, bit 9 that the parent is in another program.
const HAS_REMOTE = 0x100
const IS_REMOTE = 0x200

/** The body of a request to `/v1/traces`. */
export function encodeTraces(spans: readonly SpanRecord[], resource: Resource, redact: Redact): string {
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: SCOPE, spans: spans.map((span) => encodeSpan(span, redact)) }] }],
  })
}

function encodeSpan(span: SpanRecord, redact: Redact): object {
  const { context, status, statusMessage, attributes } = span
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    ...(context.traceState === undefined ? {} : { traceState: context.traceState }),
    name: redact(span.name),
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.startedAt, span.lasted),
    attributes: keyValues(attributes, redact),
    droppedAttributesCount: attributes.dropped,
    events: span.events.map(({ name, at, attributes: bag }) => ({
      attributes: keyValues(bag, redact),
      name: redact(name),
      timeUnixNano: nanoseconds(at),
      droppedAttributesCount: bag.dropped,
    })),
    droppedEventsCount: span.droppedEvents,
    status: { code: STATUSES[status], ...(statusMessage === '' ? {} : { message: redact(statusMessage) }) },
    links: span.links.map(encodeLink),
    droppedLinksCount: 0,
    flags: 1 | HAS_REMOTE | (span.parentRemote ? IS_REMOTE : 0),
  }
}

function encodeLink({ traceId, spanId, sampled, traceState }: SpanContext): object {
  return {
    traceId,
    spanId,
    ...(traceState === undefined ? {} : { traceState }),
    attributes: [],
    droppedAttributesCount: 0,
    flags: (sampled ? 1 : 0) | HAS_REMOTE,
  }
}
