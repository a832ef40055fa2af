import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostname } from 'node:os'
import { render } from '../render/render.js'
import type { Delivery, ForwardRecord, Sink, SplunkTarget } from '../types.js'
import { memberOf, request } from './http.js'
import type { HttpAnswer } from './http.js'
import type { SinkOptions } from './open.js'

const LIMITS = { records: 500, bytes: 256 * 1024 }
const POLL_MS = 200
/** HEC codes that are about the events: no data, invalid data, event missing, event blank, invalid fields. */
const ABOUT_EVENTS = [5, 6, 12, 13, 15]

/** Splunk HTTP Event Collector. With acknowledgement on for the token, a batch counts once the indexer has it. */
export class SplunkSink implements Sink {
  acknowledged = true
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: SplunkTarget
  readonly #options: SinkOptions
  readonly #channel = randomUUID()

  constructor(target: SplunkTarget, options: SinkOptions) {
    this.#target = target
    this.#options = options
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    const body = records.map((record) => this.#eventOf(record)).join('')
    const answer = await this.#post('/services/collector/event', body, signal)
    if (answer.kind !== 'answer') return answer
    const code = memberOf(answer.json, 'code')
    if (answer.status !== 200 || (code !== undefined && code !== 0)) {
      const content = answer.status === 413 || (answer.status === 400 && ABOUT_EVENTS.includes(Number(code)))
      if (content) return { kind: 'unacceptable', reason: answer.summary }
      return { kind: 'later', reason: answer.summary, retryAfterMs: answer.retryAfterMs }
    }
    const id = memberOf(answer.json, 'ackId')
    this.acknowledged = typeof id === 'number'
    const refusal = typeof id === 'number' ? await this.#indexed(id, signal) : undefined
    if (refusal !== undefined) return refusal
    const said = this.acknowledged ? 'the indexer has it' : 'accepted; the token has no indexer acknowledgement'
    return { kind: 'settled', answer: `${answer.summary}: ${said}`, outcomes: records.map(() => ({ kind: 'taken' })) }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** Asks until the indexer has the batch; gives why not where it does not say so in time. */
  async #indexed(id: number, signal: AbortSignal): Promise<Delivery | undefined> {
    for (;;) {
      const path = `/services/collector/ack?channel=${this.#channel}`
      const answer = await this.#post(path, JSON.stringify({ acks: [id] }), signal)
      if (answer.kind !== 'answer') return answer
      if (answer.status !== 200) {
        return { kind: 'later', reason: answer.summary, retryAfterMs: answer.retryAfterMs }
      }
      if (memberOf(memberOf(answer.json, 'acks'), String(id)) === true) return undefined
      try {
        await sleep(POLL_MS, undefined, { signal })
      } catch {
        return { kind: 'later', reason: 'the indexer did not acknowledge the batch in time' }
      }
    }
  }

  #post(path: string, body: string, signal: AbortSignal): Promise<HttpAnswer | Delivery> {
    const { url, token } = this.#target
    const headers = {
      authorization: `Splunk ${token}`,
      'content-type': 'application/json',
      'x-splunk-request-channel': this.#channel,
    }
    return request({ url: `${url}${path}`, headers, body, secrets: [token] }, { ...this.#options, signal })
  }

  #eventOf(record: ForwardRecord): string {
    const { index, sourcetype, format } = this.#target
    const { entry } = record
    const text = render(record, format)
    return JSON.stringify({
      time: Date.parse(entry.timestamp) / 1000,
      host: hostname(),
      source: 'loki-audit',
      sourcetype,
      index,
      fields: { seq: String(entry.seq), hash: entry.hash },
      // A text, so that the line's own bytes arrive: Splunk reads JSON in it all the same.
      event: text,
    })
  }
}
