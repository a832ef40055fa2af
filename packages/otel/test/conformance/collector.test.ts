import { describe, expect, it } from 'vitest'
import { openTelemetry } from '../../src/index.js'
import type { Telemetry, TelemetryOptions, TelemetryProblem } from '../../src/index.js'
import { startCollector, take } from '../collector.js'

function open(
  endpoint: string,
  options: TelemetryOptions = {},
): { readonly telemetry: Telemetry; readonly problems: TelemetryProblem[] } {
  const problems: TelemetryProblem[] = []
  const telemetry = openTelemetry({
    endpoint,
    env: {},
    flushAt: [],
    random: () => 0,
    onProblem: (problem) => problems.push(problem),
    ...options,
  })
  return { telemetry, problems }
}

const SECRET = 'AKIAQQQQQQQQQQQQQQQQ'

describe('a collector that refuses', () => {
  it.each([400, 401, 413, 500])('with %i is asked once, and told without a word of what was sent', async (status) => {
    const collector = await startCollector((response) => {
      response.writeHead(status).end(`you sent ${SECRET}`)
    })
    const { telemetry, problems } = open(`${collector.url}/?key=${SECRET}`)
    telemetry.startSpan(SECRET, { attributes: { key: SECRET } }).end()
    telemetry.startSpan('two').end()
    await telemetry.close()
    expect(collector.received).toHaveLength(1)
    expect(telemetry.counts().traces).toMatchObject({ delivered: 0, refused: 2 })
    expect(problems).toHaveLength(1)
    expect(JSON.stringify(problems)).toContain(String(status))
    expect(JSON.stringify(problems)).not.toContain(SECRET)
  })

  it('by a redirect is not followed', async () => {
    const other = await startCollector()
    const collector = await startCollector((response) => {
      response.writeHead(307, { location: `${other.url}/v1/traces` }).end()
    })
    const { telemetry, problems } = open(collector.url)
    telemetry.startSpan('one').end()
    await telemetry.close()
    expect(other.received).toHaveLength(0)
    expect(telemetry.counts().traces).toMatchObject({ refused: 1 })
    expect(problems[0]?.message).toContain('a redirect is not followed')
  })

  it('a part has that part counted', async () => {
    const collector = await startCollector((response) => {
      response.writeHead(200).end(JSON.stringify({ partialSuccess: { rejectedSpans: '3', errorMessage: SECRET } }))
    })
    const { telemetry, problems } = open(collector.url)
    for (let made = 0; made < 10; made += 1) telemetry.startSpan('one').end()
    await telemetry.close()
    expect(telemetry.counts().traces).toMatchObject({ delivered: 7, rejected: 3 })
    expect(JSON.stringify(problems)).not.toContain(SECRET)
  })
})

describe('a collector that answers badly', () => {
  it('without an end is believed by its status', async () => {
    const collector = await startCollector((response) => {
      response.writeHead(200)
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(10_000), () => setImmediate(more))
      }
      more()
    })
    const { telemetry } = open(collector.url)
    telemetry.startSpan('one').end()
    await telemetry.close()
    expect(telemetry.counts().traces).toMatchObject({ delivered: 1 })
  })

  it('that hangs after its headers has taken what it got', async () => {
    const collector = await startCollector((response) => {
      response.writeHead(200).flushHeaders()
    })
    const { telemetry } = open(collector.url, { env: { OTEL_EXPORTER_OTLP_TIMEOUT: '300' } })
    telemetry.startSpan('one').end()
    await telemetry.close()
    expect(telemetry.counts().traces).toMatchObject({ delivered: 1 })
  })

  it('that cannot speak TLS is told with a code, and nothing throws', async () => {
    const collector = await startCollector()
    const { telemetry, problems } = open(`https://127.0.0.1:${collector.port}`, { flushTimeoutMs: 300 })
    telemetry.startSpan('one').end()
    await telemetry.close()
    expect(telemetry.counts().traces).toMatchObject({ abandoned: 1 })
    expect(problems[0]?.message).toMatch(/cannot be reached \([A-Z_]+\)/)
  })

  it('that asks to come again in a thousand years is not waited for at the end', async () => {
    const collector = await startCollector((response) => {
      response.writeHead(503, { 'retry-after': '999999999' }).end()
    })
    const { telemetry } = open(collector.url, { flushTimeoutMs: 300 })
    telemetry.startSpan('one').end()
    const since = performance.now()
    await telemetry.close()
    expect(performance.now() - since).toBeLessThan(5000)
    expect(telemetry.counts().traces).toMatchObject({ abandoned: 1 })
  })

  it.each([429, 502, 503, 504])('with %i is asked again', async (status) => {
    let asked = 0
    const collector = await startCollector((response, one) => {
      asked += 1
      if (asked === 1) response.writeHead(status, { 'retry-after': '0' }).end()
      else take(response, one)
    })
    const { telemetry } = open(collector.url)
    telemetry.startSpan('one').end()
    await telemetry.close()
    expect(telemetry.counts().traces).toMatchObject({ delivered: 1, refused: 0 })
    expect(collector.spans()).toHaveLength(1)
  })
})

describe('a collector that hangs', () => {
  it('leaves the work of the program as it is', async () => {
    const collector = await startCollector(() => undefined)
    const { telemetry } = open(collector.url, { env: { OTEL_BSP_SCHEDULE_DELAY: '10' }, flushTimeoutMs: 100 })
    const since = performance.now()
    for (let turn = 0; turn < 100; turn += 1) {
      for (let made = 0; made < 100; made += 1) telemetry.startSpan('work').end()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(performance.now() - since).toBeLessThan(3000)
    expect(collector.received.length).toBeLessThanOrEqual(1)
    await telemetry.close()
    const { delivered, abandoned, overflow } = telemetry.counts().traces
    expect({ delivered, lost: abandoned + overflow }).toEqual({ delivered: 0, lost: 10_000 })
  })
})

describe('the queue', () => {
  it('refuses what is over its bytes, counts it in the metrics too and tells it once', async () => {
    const collector = await startCollector(() => undefined)
    const { telemetry, problems } = open(collector.url, { maxQueueBytes: 10_000, flushTimeoutMs: 200 })
    for (let made = 0; made < 100; made += 1)
      telemetry.startSpan('one', { attributes: { text: 'x'.repeat(1000) } }).end()
    const { overflow } = telemetry.counts().traces
    expect(overflow).toBeGreaterThan(85)
    expect(problems.filter(({ kind }) => kind === 'overflow')).toHaveLength(1)
    expect(telemetry.metrics.render().body).toContain(
      `loki_telemetry_dropped_total{signal="traces",reason="overflow"} ${overflow}`,
    )
    await telemetry.close()
    expect(telemetry.counts().traces.abandoned).toBe(100 - overflow)
  })

  it('counts what ends after close', async () => {
    const collector = await startCollector()
    const { telemetry } = open(collector.url)
    const span = telemetry.startSpan('late')
    await telemetry.close()
    await telemetry.close()
    span.end()
    expect(telemetry.counts().traces).toMatchObject({ delivered: 0, closed: 1 })
  })

  it('is sent by itself, in requests of the batch size', async () => {
    const collector = await startCollector()
    const { telemetry } = open(collector.url, {
      env: { OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' },
    })
    for (let made = 0; made < 25; made += 1) telemetry.startSpan('one').end()
    await expect.poll(() => collector.spans().length, { timeout: 5000 }).toBe(25)
    expect(collector.received).toHaveLength(3)
    await telemetry.close()
  })
})

describe('the last export of metrics', () => {
  it('has the last sums, also where an older one was under way', async () => {
    let up = false
    const collector = await startCollector((response, one) => {
      if (up) take(response, one)
      else response.writeHead(503).end()
    })
    const { telemetry } = open(collector.url, { env: { OTEL_METRIC_EXPORT_INTERVAL: '100' } })
    telemetry.metrics.events.add(1)
    await expect.poll(() => collector.received.length, { timeout: 5000 }).toBeGreaterThan(0)
    up = true
    telemetry.metrics.events.add(41)
    await telemetry.close()
    expect(JSON.stringify(collector.received.at(-1)?.body)).toContain('"asDouble":42')
  })
})
