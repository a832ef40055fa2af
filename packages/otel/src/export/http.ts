import type { ClientRequest, IncomingMessage } from 'node:http'
import { shownUrl, type Signal } from '../settings/endpoint.js'
import type { SignalSettings } from '../settings/settings.js'
import type { Carrier, Delivery } from './carrier.js'

const ANSWER_LIMIT = 64 * 1024
const RETRY_LIMIT_MS = 300_000
const RETRYABLE = new Set([429, 502, 503, 504])
const OURS = new Set(['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'connection'])

interface Target extends SignalSettings {
  readonly url: URL
}

/** Posts to a collector, OTLP/HTTP with JSON. It follows no redirect, and its sockets keep no program alive. */
export function httpCarrier(targets: Readonly<Record<Signal, Target>>): Carrier {
  return {
    send: async (signal, body, abort) => {
      try {
        return await post(targets[signal], body, abort)
      } catch (error) {
        return { kind: 'retry', problem: problemOf(error, targets[signal].url) }
      }
    },
  }
}

async function post(target: Target, text: string, abort: AbortSignal): Promise<Delivery> {
  const { url, gzip, tls, timeoutMs } = target
  const body = gzip ? await compress(text) : Buffer.from(text)
  const headers = {
    'user-agent': 'loki-otel/0.1.0',
    ...Object.fromEntries(Object.entries(target.headers).filter(([name]) => !OURS.has(name))),
    'content-type': 'application/json',
    ...(gzip && { 'content-encoding': 'gzip' }),
    'content-length': body.byteLength,
  }
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  return new Promise((resolve) => {
    if (abort.aborted) {
      resolve({ kind: 'retry', problem: 'the program ended' })
      return
    }
    const asked: ClientRequest = request(url, { method: 'POST', agent: false, headers, ...tls })
    const end = (delivery: Delivery): void => {
      clearTimeout(timer)
      abort.removeEventListener('abort', stop)
      asked.destroy()
      resolve(delivery)
    }
    const stop = (): void => {
      end({ kind: 'retry', problem: 'the program ended' })
    }
    let answered: (() => void) | undefined
    const timer = setTimeout(() => {
      if (answered === undefined) end({ kind: 'retry', problem: `${shownUrl(url)} gave no answer in ${timeoutMs} ms` })
      else answered()
    }, timeoutMs).unref()
    abort.addEventListener('abort', stop)
    asked.on('socket', (socket) => {
      socket.unref()
      socket.once('connect', () => socket.unref()) // the handle may be another one by then
    })
    asked.on('error', (error) => {
      end({ kind: 'retry', problem: problemOf(error, url) })
    })
    asked.on('response', (answer) => {
      answered = readAnswer(answer, url, end)
    })
    asked.end(body)
  })
}

/** Reads as much of an answer as counts; what it gives ends the reading, for the status alone says what became of it. */
function readAnswer(answer: IncomingMessage, url: URL, end: (delivery: Delivery) => void): () => void {
  const chunks: Buffer[] = []
  let length = 0
  const done = (): void => {
    end(judge(answer, url, Buffer.concat(chunks)))
  }
  answer.on('data', (chunk: Buffer) => {
    length += chunk.byteLength
    if (length <= ANSWER_LIMIT) chunks.push(chunk)
    else done()
  })
  answer.on('end', done)
  answer.on('error', done)
  answer.on('close', done)
  return done
}

function judge({ statusCode = 0, headers }: IncomingMessage, url: URL, body: Buffer): Delivery {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', rejected: rejectedOf(body) }
  const problem = `${shownUrl(url)} answered ${statusCode}`
  if (RETRYABLE.has(statusCode)) {
    const afterMs = retryAfter(headers['retry-after'])
    return { kind: 'retry', problem, ...(afterMs !== undefined && { afterMs }) }
  }
  if (statusCode >= 300 && statusCode < 400) {
    return {
      kind: 'refused',
      problem: `${problem}, and a redirect is not followed: set the endpoint to where it leads`,
    }
  }
  return { kind: 'refused', problem }
}

/** Seconds or a date, bounded: no collector makes us wait for a day. */
function retryAfter(header: string | undefined): number | undefined {
  const text = header?.trim() ?? ''
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_LIMIT_MS)
}

/** How many the collector did not take, of an answer with `partialSuccess`. */
function rejectedOf(body: Buffer): number {
  try {
    const { partialSuccess } = JSON.parse(body.toString('utf8')) as {
      readonly partialSuccess?: Readonly<Record<string, unknown>>
    }
    const rejected = Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0)
    return Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0
  } catch {
    return 0 // protobuf, or nothing
  }
}

/** The code of an error and never its message, which may quote what the other side said. */
function problemOf(error: unknown, url: URL): string {
  const code = (error as NodeJS.ErrnoException).code ?? 'an error without a code'
  return `${shownUrl(url)} cannot be reached (${/^[A-Z0-9_]{1,64}$/.test(code) ? code : 'an error without a code'})`
}

async function compress(text: string): Promise<Buffer> {
  const { gzip } = await import('node:zlib')
  return new Promise((resolve, reject) => {
    gzip(text, (error, bytes) => {
      if (error === null) resolve(bytes)
      else reject(error)
    })
  })
}
