import type { Delivery } from '../types.js'
import { failed } from './failure.js'

/** One request to a receiver. */
export interface HttpRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Never told, even where the receiver quotes them. */
  readonly secrets: readonly (string | undefined)[]
}

export interface HttpAnswer {
  readonly kind: 'answer'
  readonly status: number
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
  /** Status and the beginning of the body, for people. */
  readonly summary: string
  readonly retryAfterMs: number | undefined
}

const LONGEST_ANSWER = 16 * 1024 * 1024
const LONGEST_SUMMARY = 300

/** Sends a request. Follows no redirect: a token goes where it was told to go, and nowhere else. */
export async function request(
  asked: HttpRequest,
  options: { readonly fetch: typeof globalThis.fetch; readonly signal: AbortSignal; readonly now: () => Date },
): Promise<HttpAnswer | Delivery> {
  const { fetch, signal, now } = options
  try {
    const response = await fetch(asked.url, {
      method: 'POST',
      headers: asked.headers,
      body: asked.body,
      redirect: 'manual',
      signal,
    })
    const text = await bounded(response)
    return {
      kind: 'answer',
      status: response.status,
      json: parsed(text),
      summary: without(asked.secrets, `HTTP ${response.status} ${text.slice(0, LONGEST_SUMMARY)}`.trim()),
      retryAfterMs: retryAfter(response.headers.get('retry-after'), now()),
    }
  } catch (error) {
    const delivery = failed(error, signal)
    return delivery.kind === 'later' ? { ...delivery, reason: without(asked.secrets, delivery.reason) } : delivery
  }
}

/** An object's member; undefined for everything that is no object. */
export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<string, unknown>)[name] // an object that has it
    : undefined
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  // The type of a response's body does not say that it can be iterated; in Node it can.
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length
    if (size > LONGEST_ANSWER) throw new Error(`expected an answer of at most ${LONGEST_ANSWER} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function without(secrets: readonly (string | undefined)[], text: string): string {
  return secrets.reduce<string>(
    (left, secret) => (secret === undefined || secret === '' ? left : left.replaceAll(secret, '[redacted]')),
    text,
  )
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfter(value: string | null, now: Date): number | undefined {
  if (value === null) return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime())
}
