import type { SpanContext } from './span.js'

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const MEMBER =
  /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/** How much of a `tracestate` is kept: W3C Trace Context §3.3.1.5 asks for at least 512 characters, and allows 32 members. */
const STATE_LIMIT = { characters: 512, members: 32 } as const

/** The variables and headers that carry a trace from one program to another. */
export interface TraceCarrier {
  readonly traceparent?: string | undefined
  readonly tracestate?: string | undefined
}

/**
 * Reads a `traceparent` (and the `tracestate` beside it) as W3C Trace Context level 1 says. What is not one gives undefined,
 * and a trace begins anew: a header from elsewhere never stops work.
 */
export function parseTraceContext(carrier: TraceCarrier): SpanContext | undefined {
  const text = carrier.traceparent?.trim() ?? ''
  if (text.length > 512) return undefined
  const [, version = '', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? []
  if (traceId === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  const traceState = boundTraceState(carrier.tracestate)
  const sampled = (parseInt(flags, 16) & 1) === 1
  return traceState === undefined ? { traceId, spanId, sampled } : { traceId, spanId, sampled, traceState }
}

/** The `traceparent` of a span, version 00. */
export function formatTraceparent({ traceId, spanId, sampled }: SpanContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** The trace that this program was started in: `TRACEPARENT` and `TRACESTATE`. */
export function traceContextOf(env: NodeJS.ProcessEnv): SpanContext | undefined {
  return parseTraceContext({ traceparent: env.TRACEPARENT, tracestate: env.TRACESTATE })
}

/** What a child program is given so that its own spans join: `TRACEPARENT`, and `TRACESTATE` where there is one. */
export function traceEnvironment(context: SpanContext | undefined): Record<string, string> {
  if (context === undefined || context.traceId === '') return {}
  const environment: Record<string, string> = { TRACEPARENT: formatTraceparent(context) }
  if (context.traceState !== undefined) environment.TRACESTATE = context.traceState
  return environment
}

/** Whole members only, the leftmost first, for the leftmost was changed last; one bad member and none is kept. */
function boundTraceState(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 8192) return undefined
  const kept: string[] = []
  const keys = new Set<string>()
  let length = 0
  for (const part of text.split(',')) {
    const member = part.trim()
    if (member === '') continue
    const key = member.slice(0, member.indexOf('='))
    if (!MEMBER.test(member) || keys.has(key)) return undefined
    keys.add(key)
    length += member.length + (kept.length > 0 ? 1 : 0)
    if (kept.length === STATE_LIMIT.members || length > STATE_LIMIT.characters) break
    kept.push(member)
  }
  return kept.length === 0 ? undefined : kept.join(',')
}
