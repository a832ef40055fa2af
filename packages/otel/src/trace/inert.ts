import { formatTraceparent } from './context.js'
import type { Span, SpanContext } from './span.js'

/** A span that keeps nothing. One that is not sampled still says so to its children; one of telemetry that is off says nothing. */
class InertSpan implements Span {
  readonly recording = false
  readonly sampled = false
  readonly name = ''
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId = undefined
  readonly traceparent: string

  constructor(context?: SpanContext) {
    this.traceId = context?.traceId ?? ''
    this.spanId = context?.spanId ?? ''
    this.traceparent = context === undefined ? '' : formatTraceparent(context)
    if (context?.traceState !== undefined) Object.assign(this, { traceState: context.traceState })
    Object.freeze(this)
  }

  setAttribute(): this {
    return this
  }
  setAttributes(): this {
    return this
  }
  addEvent(): this {
    return this
  }
  setStatus(): this {
    return this
  }
  recordError(): this {
    return this
  }
  end(): void {
    // There is nothing to end.
  }
}

/** The one span of telemetry that is off. */
export const OFF_SPAN: Span = new InertSpan()

/** A span that was not sampled. */
export function unsampledSpan(context: SpanContext): Span {
  return new InertSpan(context)
}
