import { AuditError } from '../error.js'
import { reasonOf } from '../forward/sinks/failure.js'

/** One request to an anchor. */
export interface Exchange {
  readonly url: string
  readonly type: string
  readonly body: Buffer
  /** Longest answer that is read, in bytes. */
  readonly longest: number
  /** Who is asked, for messages. */
  readonly whom: string
}

export interface ExchangeAnswer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

/** Posts once, follows no redirect, and waits and reads no longer than it was told. Rejects with `ANCHOR_FAILED`. */
export async function exchange(
  { url, type, body, longest, whom }: Exchange,
  options: { readonly fetch?: typeof globalThis.fetch | undefined; readonly timeoutMs?: number | undefined },
): Promise<ExchangeAnswer> {
  const { fetch = globalThis.fetch, timeoutMs = 10_000 } = options
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const headers = { 'content-type': type }
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      redirect: 'manual',
      signal,
    })
    const parts: Uint8Array[] = []
    let size = 0
    // The type of a response's body does not say that it can be iterated; in Node it can.
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += part.length
      if (size > longest) throw new Error(`expected an answer of at most ${longest} bytes`)
      parts.push(part)
    }
    const answered = response.headers.get('content-type') ?? ''
    return {
      status: response.status,
      type: answered.split(';')[0]?.trim().toLowerCase() ?? '',
      body: Buffer.concat(parts),
    }
  } catch (error) {
    const reason = signal.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(error)
    throw new AuditError('ANCHOR_FAILED', `expected an answer of ${whom} at ${url}: ${reason}`, { cause: error })
  }
}
