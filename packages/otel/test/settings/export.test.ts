import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openTelemetry } from '../../src/index.js'
import { attributesOf, startCollector } from '../collector.js'

async function send(env: NodeJS.ProcessEnv): Promise<void> {
  const telemetry = openTelemetry({ env, flushAt: [], flushTimeoutMs: 2000, onProblem: () => undefined })
  telemetry.startSpan('one').end()
  telemetry.metrics.events.total(3)
  await telemetry.close()
}

describe('the endpoint', () => {
  it('gets the paths of the signals, and keeps its own path and query', async () => {
    const { url, received } = await startCollector()
    await send({ LOKI_OTEL_ENDPOINT: `${url}/otlp/?tenant=a%20b` })
    expect(received.map(({ path }) => path).sort()).toEqual([
      '/otlp/v1/metrics?tenant=a%20b',
      '/otlp/v1/traces?tenant=a%20b',
    ])
  })

  it('of a signal is used as it is, before the others', async () => {
    const { url, received } = await startCollector()
    await send({
      LOKI_OTEL_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/custom`,
      OTEL_METRICS_EXPORTER: 'none',
    })
    expect(received.map(({ path }) => path)).toEqual(['/custom'])
  })
})

describe('a request', () => {
  it('is gzipped JSON with the headers of the general variable and of the signal', async () => {
    const { url, received } = await startCollector()
    await send({
      LOKI_OTEL_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20a%2Cb, x-team = core,content-length=7',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-team=traces',
    })
    const traces = received.find(({ path }) => path === '/v1/traces')
    const metrics = received.find(({ path }) => path === '/v1/metrics')
    expect(traces?.headers).toMatchObject({
      authorization: 'Bearer a,b',
      'x-team': 'traces',
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    })
    expect(metrics?.headers).toMatchObject({ 'x-team': 'core' })
  })

  it('is not compressed where the variable says so', async () => {
    const { url, received } = await startCollector()
    await send({ LOKI_OTEL_ENDPOINT: url, OTEL_EXPORTER_OTLP_COMPRESSION: 'none' })
    expect(received[0]?.headers).not.toHaveProperty('content-encoding')
  })

  it('names the service and the resource', async () => {
    const { url, received } = await startCollector()
    const resource = 'deployment.environment=prod,team=a%3Db,service.name=other'
    await send({ LOKI_OTEL_ENDPOINT: url, OTEL_RESOURCE_ATTRIBUTES: resource, OTEL_SERVICE_NAME: 'mine' })
    await send({ LOKI_OTEL_ENDPOINT: url, OTEL_RESOURCE_ATTRIBUTES: resource })
    await send({ LOKI_OTEL_ENDPOINT: url, OTEL_SERVICE_NAME: 'mine', LOKI_SERVICE_NAME: 'loki-ci' })
    await send({ LOKI_OTEL_ENDPOINT: url })
    const resources = received.flatMap(({ body }) => body.resourceSpans?.map((one) => attributesOf(one.resource)) ?? [])
    expect(resources.map((one) => one['service.name'])).toEqual(['mine', 'other', 'loki-ci', 'loki-mode'])
    expect(resources[0]).toMatchObject({ 'deployment.environment': 'prod', team: 'a=b' })
  })

  it('goes over TLS to a server of the named authority only', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'loki-otel-'))
    const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
    execFileSync('openssl', [...make, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
    let asked = 0
    const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) => {
      asked += 1
      response.end('{}')
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
      rmSync(dir, { recursive: true })
    })
    const address = server.address()
    const endpoint = `https://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
    const problems: string[] = []
    const options = {
      flushAt: [],
      flushTimeoutMs: 400,
      onProblem: ({ message }: { message: string }) => problems.push(message),
    }
    const stranger = openTelemetry({ env: { LOKI_OTEL_ENDPOINT: endpoint }, ...options })
    stranger.startSpan('one').end()
    await stranger.close()
    expect(asked).toBe(0)
    expect(problems.join()).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
    await send({ LOKI_OTEL_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE: cert })
    expect(asked).toBe(2)
  })
})

describe('a folder as endpoint', () => {
  it('gets a file of lines for each signal, for its owner only', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'loki-otel-'))
    onTestFinished(() => {
      rmSync(dir, { recursive: true })
    })
    await send({ LOKI_OTEL_ENDPOINT: `file://${dir}/out` })
    await send({ LOKI_OTEL_ENDPOINT: `file://${dir}/out/` })
    const lines = readFileSync(join(dir, 'out/traces.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object))).toEqual([['resourceSpans'], ['resourceSpans']])
    expect(readFileSync(join(dir, 'out/metrics.jsonl'), 'utf8')).toContain('loki_events_total')
    expect(execFileSync('stat', ['-c', '%a', join(dir, 'out'), join(dir, 'out/traces.jsonl')]).toString()).toBe(
      '700\n600\n',
    )
  })
})
