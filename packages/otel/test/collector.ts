import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** The body as it was parsed; what is read of it is what the tests are about. */
  readonly body: OtlpBody
}

export interface OtlpBody {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] }
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[]
  }[]
}

export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

export interface OtlpSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly traceState?: string
  readonly kind: number
  readonly flags: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly droppedAttributesCount: number
  readonly status: { readonly code: number; readonly message?: string }
}

export type OtlpMetric = Readonly<Record<string, unknown>> & { readonly name: string }

export type Answer = (response: ServerResponse, received: Received) => void

export interface Collector {
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
  /** All spans of requests that were answered with 2xx. */
  spans(): readonly OtlpSpan[]
  stop(): Promise<void>
}

/** A collector on loopback; `answer` says what it does to each request, in place of taking it. */
export async function startCollector(answer: Answer = take, port = 0): Promise<Collector> {
  const received: Received[] = []
  const taken: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
      const one = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text.toString()) as OtlpBody }
      received.push(one)
      answer(response, one)
      if (response.headersSent && response.statusCode < 300) taken.push(one)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  onTestFinished(() => stop(server))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    spans: () => taken.flatMap(({ body }) => spansOf(body)),
    stop: () => stop(server),
  }
}

export const take: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
}

function spansOf(body: OtlpBody): readonly OtlpSpan[] {
  return body.resourceSpans?.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)) ?? []
}

export function attributesOf(
  span: { readonly attributes: readonly OtlpAttribute[] } | undefined,
): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]))
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
