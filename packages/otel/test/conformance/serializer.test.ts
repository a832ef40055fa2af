import { JsonMetricsSerializer, JsonTraceSerializer } from '@opentelemetry/otlp-transformer'
import { describe, expect, it } from 'vitest'
import { openMetrics, openTelemetry } from '../../src/index.js'
import { startCollector, type OtlpAttribute, type OtlpBody, type OtlpMetric } from '../collector.js'

const START = 1_795_250_757_119
const TRACE_STATE = 'vendor=1,other=2'

/** What our exporter sends for two spans, and their contexts. */
async function ours(): Promise<{
  readonly sent: OtlpBody
  readonly ids: readonly { traceId: string; spanId: string }[]
}> {
  const collector = await startCollector()
  const telemetry = openTelemetry({ endpoint: collector.url, env: {}, serviceName: 'oracle', flushAt: [] })
  const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true, traceState: TRACE_STATE }
  const root = telemetry.startSpan('root', {
    parent: remote,
    kind: 'server',
    startedAt: START,
    attributes: ATTRIBUTES,
    links: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), sampled: false }],
  })
  const child = telemetry.startSpan('child', { parent: root, startedAt: START + 1 }).setStatus('error')
  child.end(START + 2.5)
  root.end(START + 3)
  await telemetry.close()
  const [received] = collector.received
  if (received === undefined) throw new Error('nothing was sent')
  return { sent: received.body, ids: [child, root].map(({ traceId, spanId }) => ({ traceId, spanId })) }
}

const ATTRIBUTES = {
  text: 'grün "q" \n ü',
  yes: true,
  whole: 42,
  part: 0.5,
  list: ['a', 1, false, 2.5],
  map: { inner: 'x', deeper: { n: 7 } },
  empty: '',
}

/** The same spans as an SDK would hold them, serialised by its makers. */
function official(ids: readonly { readonly traceId: string; readonly spanId: string }[], body: OtlpBody): unknown {
  const [child, root] = ids
  const resource = { attributes: resourceAttributes(body.resourceSpans?.[0]?.resource) }
  const shared = {
    resource,
    instrumentationScope: { name: '@loki/otel', version: '0.1.0' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ended: true,
    events: [],
  }
  const traceState = { serialize: () => TRACE_STATE }
  const time = (ms: number): [number, number] => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]
  const spans = [
    {
      ...shared,
      name: 'child',
      kind: 0,
      spanContext: () => ({ ...child, traceFlags: 1, traceState }),
      parentSpanContext: { ...root, traceFlags: 1, isRemote: false },
      startTime: time(START + 1),
      endTime: time(START + 2.5),
      attributes: {},
      status: { code: 2 },
      links: [],
    },
    {
      ...shared,
      name: 'root',
      kind: 1,
      spanContext: () => ({ ...root, traceFlags: 1, traceState }),
      parentSpanContext: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true },
      startTime: time(START),
      endTime: time(START + 3),
      attributes: ATTRIBUTES,
      status: { code: 0 },
      links: [{ context: { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 0 } }],
    },
  ]
  // What the serialiser reads of a span is there; the SDK's own classes are not needed for it.
  const bytes = JsonTraceSerializer.serializeRequest(
    spans as unknown as Parameters<typeof JsonTraceSerializer.serializeRequest>[0],
  )
  return JSON.parse(Buffer.from(bytes ?? []).toString())
}

function resourceAttributes(resource: { readonly attributes: readonly OtlpAttribute[] } | undefined): object {
  return Object.fromEntries(resource?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [])
}

/** Whole numbers of 64 bits are texts in OTLP/JSON; the official serialiser writes numbers, which receivers take too. */
function integersAsTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(integersAsTexts)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, integerKeys.has(key) ? texts(item) : integersAsTexts(item)]),
  )
}

const integerKeys = new Set(['intValue', 'count', 'bucketCounts'])

function texts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String) : String(value)
}

/** Three metrics as an SDK would hold them, serialised by its makers. */
function officialMetrics(body: OtlpBody): unknown {
  const [cost, events, duration] = body.resourceMetrics?.[0]?.scopeMetrics[0]?.metrics ?? []
  const startTime = [START / 1000 - 0.119, 119_000_000]
  const descriptorOf = (metric: OtlpMetric | undefined): object => ({ ...metric, valueType: 1 })
  const common = { startTime, endTime: startTime }
  const buckets = { counts: [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], boundaries: BOUNDS }
  const metrics = [
    { descriptor: descriptorOf(cost), dataPointType: 2, dataPoints: [{ ...common, attributes: {}, value: 1.25 }] },
    {
      descriptor: descriptorOf(events),
      dataPointType: 3,
      aggregationTemporality: 1,
      isMonotonic: true,
      dataPoints: [{ ...common, attributes: { project: 'p' }, value: 3 }],
    },
    {
      descriptor: descriptorOf(duration),
      dataPointType: 0,
      aggregationTemporality: 1,
      dataPoints: [{ ...common, attributes: { status: 'completed' }, value: { count: 2, sum: 5.75, buckets } }],
    },
  ]
  const scopeMetrics = [{ scope: { name: '@loki/otel', version: '0.1.0' }, metrics }]
  const resource = { attributes: resourceAttributes(body.resourceMetrics?.[0]?.resource) }
  // What the serialiser reads of metrics is there.
  type Request = Parameters<typeof JsonMetricsSerializer.serializeRequest>[0]
  const bytes = JsonMetricsSerializer.serializeRequest({ resource, scopeMetrics } as unknown as Request)
  return JSON.parse(Buffer.from(bytes ?? []).toString())
}

const BOUNDS = [0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]

describe('what is sent for metrics', () => {
  it('is what the official serialiser makes of the same metrics', async () => {
    const collector = await startCollector()
    const now = (): Date => new Date(START)
    const metrics = openMetrics({ now })
    metrics.events.total(3, { project: 'p' })
    metrics.costUsd.set(1.25)
    metrics.taskDuration.record(0.75, { status: 'completed' })
    metrics.taskDuration.record(5, { status: 'completed' })
    const telemetry = openTelemetry({ endpoint: collector.url, env: {}, flushAt: [], metrics, now })
    await telemetry.close()
    const sent = collector.received[0]?.body ?? {}
    expect(sent).toEqual(integersAsTexts(officialMetrics(sent)))
  })
})

describe('what is sent for spans', () => {
  it('is what the official serialiser makes of the same spans', async () => {
    const { sent, ids } = await ours()
    expect(sent).toEqual(integersAsTexts(official(ids, sent)))
  })
})
