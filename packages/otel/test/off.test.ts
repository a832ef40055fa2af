import { describe, expect, it } from 'vitest'
import { openMetrics, openTelemetry, TelemetryError, traceEnvironment } from '../src/index.js'
import { startCollector } from './collector.js'

describe('telemetry that is off', () => {
  it.each([
    [{}, {}],
    [{ LOKI_OTEL_ENDPOINT: '  ' }, {}],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, {}],
    [{ LOKI_OTEL_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }, {}],
    [{ LOKI_OTEL_ENDPOINT: 'http://127.0.0.1:4318' }, { enabled: false }],
  ])('with %o and %o is inert and takes every call', async (env, options) => {
    const before = process.listenerCount('beforeExit')
    const telemetry = openTelemetry({ env, ...options })
    expect(telemetry.enabled).toBe(false)
    const span = telemetry.startProjectSpan('p').setAttribute('a', 1).setStatus('error').recordError(new Error('x'))
    span.addEvent('e').end()
    expect(span.recording).toBe(false)
    expect(traceEnvironment(span)).toEqual({})
    telemetry.metrics.decisions.add(1)
    telemetry.metrics.tasks.set(1, { status: 'pending' })
    expect(telemetry.metrics.render().body).toBe('')
    await telemetry.close()
    expect(process.listenerCount('beforeExit')).toBe(before)
  })

  it('gives a parent under which a trace begins anew where it is on', async () => {
    const collector = await startCollector()
    const off = openTelemetry({ env: {} })
    const on = openTelemetry({ env: {}, endpoint: collector.url, flushAt: [] })
    on.startTaskSpan(off.startProjectSpan('p'), 't').end()
    await on.close()
    expect(collector.spans()[0]).not.toHaveProperty('parentSpanId')
  })

  it('still counts in metrics that were opened apart', () => {
    const metrics = openMetrics()
    const telemetry = openTelemetry({ env: {}, metrics })
    telemetry.metrics.denials.add(1, { rule: 'no-rm' })
    expect(metrics.render().body).toContain('loki_denials_total{rule="no-rm"} 1')
  })
})

const ON = { LOKI_OTEL_ENDPOINT: 'http://127.0.0.1:4318' }

describe('a setting that cannot be meant', () => {
  it.each([
    ['LOKI_OTEL_ENDPOINT', { LOKI_OTEL_ENDPOINT: 'collector:4318/SECRET' }],
    ['LOKI_OTEL_ENDPOINT', { LOKI_OTEL_ENDPOINT: 'SECRET SECRET' }],
    ['LOKI_OTEL_ENDPOINT', { LOKI_OTEL_ENDPOINT: 'ftp://SECRET@host/' }],
    ['LOKI_OTEL_ENDPOINT', { LOKI_OTEL_ENDPOINT: 'file://other/SECRET' }],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { ...ON, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'file:///SECRET' }],
    ['OTEL_SDK_DISABLED', { OTEL_SDK_DISABLED: 'maybe' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...ON, OTEL_EXPORTER_OTLP_HEADERS: 'SECRET' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', { ...ON, OTEL_EXPORTER_OTLP_HEADERS: 'x=%0aSECRET' }],
    ['OTEL_EXPORTER_OTLP_METRICS_HEADERS', { ...ON, OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'a b=SECRET' }],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', { ...ON, OTEL_EXPORTER_OTLP_TIMEOUT: '-1' }],
    ['OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', { ...ON, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '10s' }],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', { ...ON, OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' }],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', { ...ON, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['OTEL_EXPORTER_OTLP_CERTIFICATE', { ...ON, OTEL_EXPORTER_OTLP_CERTIFICATE: '/nowhere/ca.pem' }],
    ['OTEL_RESOURCE_ATTRIBUTES', { ...ON, OTEL_RESOURCE_ATTRIBUTES: '=x' }],
    ['OTEL_TRACES_SAMPLER', { ...ON, OTEL_TRACES_SAMPLER: 'sometimes' }],
    ['OTEL_TRACES_SAMPLER_ARG', { ...ON, OTEL_TRACES_SAMPLER_ARG: '1.5' }],
    [
      'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE',
      { ...ON, OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta' },
    ],
    ['LOKI_OTEL_CONTENT', { ...ON, LOKI_OTEL_CONTENT: 'perhaps' }],
  ])('%s refuses to start, by its name and without its value', (name, env) => {
    const open = (): unknown => openTelemetry({ env, flushAt: [] })
    expect(open).toThrow(TelemetryError)
    expect(open).toThrow(new RegExp(`expected ${name} to be`))
    expect(open).not.toThrow(/SECRET/)
  })
})
