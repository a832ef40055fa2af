import { describe, expect, it } from 'vitest'
import { openTelemetry, type Span, type Telemetry, type TelemetryOptions } from '../../src/index.js'
import { attributesOf, startCollector, type OtlpSpan } from '../collector.js'

/** The spans that arrive of what is done. */
async function spansOf(
  make: (telemetry: Telemetry) => void,
  options: TelemetryOptions = {},
): Promise<readonly OtlpSpan[]> {
  const collector = await startCollector()
  const telemetry = openTelemetry({
    endpoint: collector.url,
    env: {},
    flushAt: [],
    onProblem: () => undefined,
    ...options,
  })
  make(telemetry)
  await telemetry.close()
  return collector.spans()
}

describe('attributes', () => {
  it('beyond the limit are counted and not kept, and long texts are cut between characters', async () => {
    const [span] = await spansOf((telemetry) => {
      const many = telemetry.startSpan('many')
      for (let at = 0; at < 10_000; at += 1) many.setAttribute(`k${at}`, at)
      many.setAttribute('k0', '😀'.repeat(5000)).end()
    })
    expect(span?.attributes).toHaveLength(128)
    expect(span?.droppedAttributesCount).toBe(10_000 - 128)
    expect(attributesOf(span).k0).toBe('😀'.repeat(2048))
  })

  it('of every kind arrive as what they are, cyclic ones with an end', async () => {
    const cyclic: Record<string, unknown> = { name: 'loop' }
    cyclic.self = cyclic
    const hostile = {
      get trap(): string {
        throw new Error('SECRET')
      },
    }
    const values: Record<string, unknown> = {
      cyclic,
      hostile,
      big: 2n ** 60n,
      unsafe: 2 ** 53,
      tiny: 0.1,
      nan: NaN,
      infinite: -Infinity,
      call: () => 1,
      symbol: Symbol('SECRET'),
      nothing: null,
      missing: undefined,
      when: new Date(0),
      ['__proto__']: 'x',
    }
    const [span] = await spansOf((telemetry) => {
      // Callers in JavaScript pass anything.
      telemetry.startSpan('odd', { attributes: values as Record<string, string> }).end()
    })
    const sent = Object.fromEntries(span?.attributes.map(({ key, value }) => [key, value]) ?? [])
    expect(sent).toMatchObject({
      hostile: { stringValue: '[unreadable]' },
      big: { intValue: '1152921504606846976' },
      unsafe: { doubleValue: 9007199254740992 },
      tiny: { doubleValue: 0.1 },
      nan: { doubleValue: 'NaN' },
      infinite: { doubleValue: '-Infinity' },
      call: { stringValue: '[function]' },
      nothing: {},
      when: { stringValue: '1970-01-01T00:00:00.000Z' },
    })
    expect(sent).not.toHaveProperty('missing')
    expect(JSON.stringify(sent.cyclic)).toContain('[deep]')
    expect(JSON.stringify(sent)).not.toContain('SECRET')
  })

  it('that branch into themselves a hundredfold, or cannot be read at all, hold nothing up and throw nothing', async () => {
    const hydra: Record<string, unknown> = {}
    for (let at = 0; at < 100; at += 1) hydra[`k${at}`] = hydra
    const since = performance.now()
    const [span] = await spansOf((telemetry) => {
      const hostile = {
        good: 1,
        get bad(): string {
          throw new Error('SECRET')
        },
      }
      // Callers in JavaScript pass anything.
      const attributes = { hydra } as unknown as Record<string, string>
      const span = telemetry.startSpan('odd', { attributes, links: [null as unknown as Span] })
      span.setAttributes(hostile).addEvent('e', hostile)
      telemetry.metrics.denials.add(1, null as unknown as { rule: string })
      telemetry.metrics.denials.add(1, { rule: Symbol('x') as unknown as string })
      span.end()
    })
    expect(performance.now() - since).toBeLessThan(5000)
    expect(JSON.stringify(span).length).toBeLessThan(200_000)
    expect(attributesOf(span).good).toBe('1')
  })

  it('that are set again and again take the room of one', async () => {
    const spans = await spansOf(
      (telemetry) => {
        const span = telemetry.startSpan('one')
        for (let at = 0; at < 10_000; at += 1) span.setAttribute('progress', `step ${at}`)
        span.end()
      },
      { maxQueueBytes: 1000 },
    )
    expect(attributesOf(spans[0])).toEqual({ progress: 'step 9999' })
  })

  it('that hold content are kept only where that was asked for', async () => {
    const make = (telemetry: Telemetry): void => {
      telemetry
        .startDecisionSpan(undefined, { kind: 'command', decision: 'DENY', rule: 'no-rm', command: 'rm -rf SECRET' })
        .end()
      telemetry.startInvokeAgentSpan(undefined, { agent: 'claude', prompt: 'SECRET' }).end()
      telemetry.startToolSpan(undefined, { tool: 'Bash', arguments: 'SECRET' }).recordError(new Error('SECRET')).end()
      telemetry
        .startSpan('own', { attributes: { 'gen_ai.output.messages': 'SECRET' } })
        .addEvent('e', { 'exception.message': 'SECRET' })
        .end()
    }
    expect(JSON.stringify(await spansOf(make))).not.toContain('SECRET')
    const kept = JSON.stringify(await spansOf(make, { env: { LOKI_OTEL_CONTENT: 'yes' } }))
    expect(kept.match(/SECRET/g)).toHaveLength(6)
  })

  it('lose their secrets by the redaction that is given, and a redaction that throws lets nothing out', async () => {
    const make = (telemetry: Telemetry): void => {
      telemetry.startSpan('task SECRET', { attributes: { a: 'SECRET', list: ['SECRET'], map: { b: 'SECRET' } } }).end()
    }
    const redact = (text: string): string => text.replaceAll('SECRET', '[hidden]')
    const sent = JSON.stringify(await spansOf(make, { redact }))
    expect(sent).not.toContain('SECRET')
    expect(sent.match(/\[hidden\]/g)).toHaveLength(4)
    const thrown = (): never => {
      throw new Error('no')
    }
    expect(await spansOf(make, { redact: thrown })).toEqual([])
  })
})

describe('a span', () => {
  it('keeps its length when the clock is set back, and takes the times it is given', async () => {
    let now = Date.UTC(2026, 10, 21)
    const spans = await spansOf(
      (telemetry) => {
        const one = telemetry.startSpan('one')
        now -= 3_600_000
        one.end()
        telemetry.startSpan('given', { startedAt: 1000 }).end(1500)
        telemetry.startSpan('backwards', { startedAt: 2000 }).end(1000)
        telemetry.startSpan('past', { startedAt: now - 60_000 }).end()
      },
      { now: () => new Date(now) },
    )
    const lasted = spans.map((span) => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6)
    expect(lasted[0]).toBeGreaterThanOrEqual(0)
    expect(lasted[0]).toBeLessThan(1000)
    expect(lasted.slice(1, 3)).toEqual([500, 0])
    expect(lasted[3]).toBeGreaterThanOrEqual(60_000)
  })

  it('that has ended is changed by nothing, and ends once', async () => {
    const spans = await spansOf((telemetry) => {
      const span = telemetry.startSpan('one')
      span.end()
      span.setAttribute('late', 1).setStatus('error').addEvent('late')
      span.end()
    })
    expect(spans).toHaveLength(1)
    expect(spans[0]).toMatchObject({ attributes: [], status: { code: 0 } })
  })

  it('joins the trace of another program, and keeps its tracestate', async () => {
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, traceState: 'v=1' }
    const [child] = await spansOf((telemetry) => {
      telemetry.startProjectSpan('p', { parent }).end()
    })
    expect(child).toMatchObject({
      traceId: parent.traceId,
      parentSpanId: parent.spanId,
      traceState: 'v=1',
      flags: 0x301,
    })
  })

  it('with a parent that is none begins a trace', async () => {
    const parent = { traceId: 'x', spanId: '0'.repeat(16), sampled: true }
    const [span] = await spansOf((telemetry) => {
      telemetry.startTaskSpan(parent, 't').end()
    })
    expect(span?.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(span).not.toHaveProperty('parentSpanId')
  })
})

describe('sampling', () => {
  const count = async (env: NodeJS.ProcessEnv, parentSampled?: boolean): Promise<number> => {
    const parent = (): object =>
      parentSampled === undefined
        ? {}
        : { parent: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: parentSampled } }
    const spans = await spansOf(
      (telemetry) => {
        for (let made = 0; made < 1000; made += 1) telemetry.startSpan('one', parent()).end()
      },
      { env },
    )
    return spans.length
  }

  it.each([
    ['always_off', '1', undefined, 0],
    ['always_on', '0', false, 1000],
    ['parentbased_always_on', '', false, 0],
    ['parentbased_always_off', '', true, 1000],
    ['traceidratio', '0', true, 0],
    ['traceidratio', '1', undefined, 1000],
  ])('by %s of %j under a parent that is %s keeps %i of 1000', async (sampler, ratio, parent, kept) => {
    expect(await count({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio }, parent)).toBe(kept)
  })

  it('by a share keeps about that share', async () => {
    const kept = await count({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.3' })
    expect(kept).toBeGreaterThan(220)
    expect(kept).toBeLessThan(380)
  })

  it('tells children what it decided', () => {
    const telemetry = openTelemetry({
      endpoint: 'http://127.0.0.1:1',
      env: { OTEL_TRACES_SAMPLER: 'always_off' },
      flushAt: [],
    })
    const span = telemetry.startProjectSpan('p')
    expect(span.recording).toBe(false)
    expect(span.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  })
})
