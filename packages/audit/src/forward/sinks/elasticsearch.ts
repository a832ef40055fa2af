import { renderEcs } from '../render/ecs.js'
import type { Delivery, ElasticsearchTarget, ForwardRecord, Outcome, Sink } from '../types.js'
import { memberOf, request } from './http.js'
import type { SinkOptions } from './open.js'

const LIMITS = { records: 500, bytes: 1024 * 1024 }

/** Elasticsearch `_bulk`, into an index or a data stream. The entry's hash is the document's id: twice is once. */
export class ElasticsearchSink implements Sink {
  readonly acknowledged = true
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: ElasticsearchTarget
  readonly #options: SinkOptions

  constructor(target: ElasticsearchTarget, options: SinkOptions) {
    this.#target = target
    this.#options = options
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    const { url, index, apiKey } = this.#target
    const body = records
      .map((record) => `${JSON.stringify({ create: { _id: record.entry.hash } })}\n${renderEcs(record)}\n`)
      .join('')
    const answer = await request(
      {
        url: `${url}/${index}/_bulk`,
        headers: {
          'content-type': 'application/x-ndjson',
          ...(apiKey === undefined ? {} : { authorization: `ApiKey ${apiKey}` }),
        },
        body,
        secrets: [apiKey],
      },
      { ...this.#options, signal },
    )
    if (answer.kind !== 'answer') return answer
    const { summary, retryAfterMs } = answer
    if (answer.status === 413) return { kind: 'unacceptable', reason: summary }
    const items = memberOf(answer.json, 'items')
    if (answer.status !== 200 || !Array.isArray(items) || items.length !== records.length) {
      return { kind: 'later', reason: summary, retryAfterMs }
    }
    const outcomes = items.map(outcomeOf)
    const took = outcomes.filter(({ kind }) => kind === 'taken').length
    return { kind: 'settled', answer: `HTTP 200, ${took} of ${records.length} stored`, outcomes, retryAfterMs }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function outcomeOf(item: unknown): Outcome {
  const result = memberOf(item, 'create')
  const status = Number(memberOf(result, 'status'))
  // 409: this document is there already, from an attempt whose answer was lost.
  if (status === 200 || status === 201 || status === 409) return { kind: 'taken' }
  const error = memberOf(result, 'error')
  const reason = `${status} ${String(memberOf(error, 'type'))}: ${String(memberOf(error, 'reason')).slice(0, 200)}`
  // A missing index or right is no fault of the document: it waits until somebody mends that.
  const waits = status === 429 || status >= 500 || [401, 403, 404].includes(status) || Number.isNaN(status)
  return { kind: waits ? 'later' : 'refused', reason }
}
