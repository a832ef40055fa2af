import type { Attributes } from './attributes.js'
import { boundText, LIMITS } from './attributes.js'
import { IdPool } from './ids.js'
import { unsampledSpan } from './inert.js'
import type { Sampler } from './sampler.js'
import { RecordedSpan, type Span, type SpanContext, type SpanKind, type SpanSink } from './span.js'

/** What a span may be given when it begins. */
export interface SpanOptions {
  /** A span of this program, or the context of one elsewhere; without it a trace begins. */
  readonly parent?: SpanContext | undefined
  readonly kind?: SpanKind | undefined
  readonly attributes?: Attributes | undefined
  /** Spans that are connected and no parents. */
  readonly links?: readonly SpanContext[] | undefined
  /** When it began, in milliseconds since 1970, where that is past: an event of another process becomes a span so. */
  readonly startedAt?: number | undefined
}

export type StartSpan = (name: string, options?: SpanOptions) => Span

const NO_LINKS: readonly SpanContext[] = Object.freeze([])
const HEX = { trace: /^[0-9a-f]{32}$/, span: /^[0-9a-f]{16}$/ } as const

/** Gives the function that starts spans of one program. It never throws. */
export function tracerOf(sampler: Sampler, sink: SpanSink): StartSpan {
  const ids = new IdPool()
  return (name, options = {}) => {
    const parent = usable(options.parent)
    const traceId = parent?.traceId ?? ids.traceId()
    const sampled = sampler(traceId, parent?.sampled)
    const spanId = ids.spanId()
    const traceState = parent?.traceState
    const context: SpanContext =
      traceState === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, traceState }
    if (!sampled) return unsampledSpan(context)
    const span = new RecordedSpan(
      {
        name: boundText(name, LIMITS.name),
        kind: options.kind ?? 'internal',
        context,
        parentSpanId: parent?.spanId,
        parentRemote: parent !== undefined && !('setAttribute' in parent),
        links:
          options.links === undefined ? NO_LINKS : options.links.slice(0, LIMITS.links).filter((link) => usable(link)),
        startedAt: timeOf(options.startedAt),
      },
      sink,
    )
    return options.attributes === undefined ? span : span.setAttributes(options.attributes)
  }
}

/** A parent that telemetry which is off has given, or that is none, begins a trace. Callers in JavaScript may pass anything. */
function usable(context: Partial<SpanContext> | null | undefined): SpanContext | undefined {
  if (context instanceof RecordedSpan) return context
  if (typeof context?.traceId !== 'string' || typeof context.spanId !== 'string') return undefined
  if (!HEX.trace.test(context.traceId) || !HEX.span.test(context.spanId)) return undefined
  return context as SpanContext // both are there
}

function timeOf(at: number | undefined): number | undefined {
  return at !== undefined && at >= 0 && at < 8.64e15 ? at : undefined
}
