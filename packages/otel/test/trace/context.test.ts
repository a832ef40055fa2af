import { describe, expect, it } from 'vitest'
import { formatTraceparent, parseTraceContext, traceContextOf, traceEnvironment } from '../../src/index.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const GOOD = `00-${TRACE}-${SPAN}-01`

// The cases of W3C Trace Context level 1, §3.2.2.
describe('a traceparent', () => {
  it.each([
    ['', 'is empty'],
    [`00-${'0'.repeat(32)}-${SPAN}-01`, 'has a trace of zeros'],
    [`00-${TRACE}-${'0'.repeat(16)}-01`, 'has a span of zeros'],
    [`ff-${TRACE}-${SPAN}-01`, 'has the forbidden version'],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`, 'is in capitals'],
    [`${GOOD}-more`, 'has more in version 00'],
    [`cc-${TRACE}-${SPAN}-01.more`, 'goes on without a dash'],
    [`00-${TRACE.slice(1)}-${SPAN}-01`, 'is too short'],
    [`00-${TRACE}-${SPAN}-1`, 'has half of its flags'],
    [`cc-${TRACE}-${SPAN}-01-${'x'.repeat(10_000)}`, 'is endless'],
  ])('that is %j is none, for it %s', (traceparent) => {
    expect(parseTraceContext({ traceparent })).toBeUndefined()
  })

  it('is read, with its flag, and also of a later version', () => {
    expect(parseTraceContext({ traceparent: GOOD })).toEqual({ traceId: TRACE, spanId: SPAN, sampled: true })
    expect(parseTraceContext({ traceparent: `00-${TRACE}-${SPAN}-00` })?.sampled).toBe(false)
    expect(parseTraceContext({ traceparent: `00-${TRACE}-${SPAN}-03` })?.sampled).toBe(true)
    expect(parseTraceContext({ traceparent: `cc-${TRACE}-${SPAN}-01-what` })?.traceId).toBe(TRACE)
  })

  it('is written as it was read', () => {
    expect(formatTraceparent({ traceId: TRACE, spanId: SPAN, sampled: true })).toBe(GOOD)
  })
})

describe('a tracestate', () => {
  const stateOf = (tracestate: string): string | undefined =>
    parseTraceContext({ traceparent: GOOD, tracestate })?.traceState

  it.each(['a=1,a=2', 'A=1', 'a', 'a=ü', '=1', 'a=b=c', 'x'.repeat(10_000)])(
    'that is %j is dropped, and the trace goes on',
    (text) => {
      expect(stateOf(text)).toBeUndefined()
      expect(parseTraceContext({ traceparent: GOOD, tracestate: text })?.traceId).toBe(TRACE)
    },
  )

  it('keeps whole members up to 32 and 512 characters, the first first', () => {
    expect(stateOf('b=1 , a@v=2,')).toBe('b=1,a@v=2')
    const many = Array.from({ length: 40 }, (_, at) => `k${at}=v`)
    expect(stateOf(many.join(','))?.split(',')).toEqual(many.slice(0, 32))
    const long = Array.from({ length: 10 }, (_, at) => `k${at}=${'v'.repeat(100)}`)
    expect(stateOf(long.join(','))?.length).toBeLessThanOrEqual(512)
    expect(stateOf(long.join(','))?.split(',')).toEqual(long.slice(0, 4))
  })
})

describe('a child program', () => {
  it('is given the trace in its variables, and finds it there', () => {
    const context = { traceId: TRACE, spanId: SPAN, sampled: true, traceState: 'a=1' }
    const env = traceEnvironment(context)
    expect(env).toEqual({ TRACEPARENT: GOOD, TRACESTATE: 'a=1' })
    expect(traceContextOf(env)).toEqual(context)
    expect(traceEnvironment(undefined)).toEqual({})
    expect(traceContextOf({})).toBeUndefined()
  })
})
