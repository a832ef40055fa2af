import { readingOf } from '../render/reading.js'
import type { Severity } from '../render/reading.js'
import type { Delivery, ForwardRecord, OtlpTarget, Sink } from '../types.js'
import { memberOf, request } from './http.js'
import type { SinkOptions } from './open.js'

const LIMITS = { records: 500, bytes: 512 * 1024 }
const SEVERITY: Readonly<Record<Severity, number>> = { information: 9, notice: 10, warning: 13, error: 17 }

/** OTLP over HTTP, JSON logs. The body of a log record is the raw line. */
export class OtlpSink implements Sink {
  readonly acknowledged = true
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: OtlpTarget
  readonly #options: SinkOptions

  constructor(target: OtlpTarget, options: SinkOptions) {
    this.#target = target
    this.#options = options
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    const body = JSON.stringify({
      resourceLogs: [
        {
          resource: { attributes: [text('service.name', 'loki-audit')] },
          scopeLogs: [{ scope: { name: '@loki/audit' }, logRecords: records.map(logRecord) }],
        },
      ],
    })
    const headers = { 'content-type': 'application/json' }
    const answer = await request({ url: this.#target.url, headers, body, secrets: [] }, { ...this.#options, signal })
    if (answer.kind !== 'answer') return answer
    const { status, summary, retryAfterMs } = answer
    if (status === 413 || status === 400) return { kind: 'unacceptable', reason: summary }
    if (status !== 200) return { kind: 'later', reason: summary, retryAfterMs }
    const partial = memberOf(answer.json, 'partialSuccess')
    // An int64 in JSON is a text. The specification forbids to send such a batch again.
    const count = Number(memberOf(partial, 'rejectedLogRecords') ?? 0)
    const reason = memberOf(partial, 'errorMessage')
    return {
      kind: 'settled',
      answer: summary,
      outcomes: records.map(() => ({ kind: 'taken' })),
      unnamed:
        count > 0
          ? { count, reason: typeof reason === 'string' ? reason.slice(0, 200) : 'no reason given' }
          : undefined,
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function logRecord({ entry, line }: ForwardRecord): object {
  const { severity } = readingOf(entry)
  return {
    timeUnixNano: `${Date.parse(entry.timestamp)}000000`,
    observedTimeUnixNano: `${Date.parse(entry.timestamp)}000000`,
    severityNumber: SEVERITY[severity],
    body: { stringValue: line },
    attributes: [
      text('event.name', entry.what),
      { key: 'loki.audit.seq', value: { intValue: String(entry.seq) } },
      text('loki.audit.hash', entry.hash),
      text('loki.audit.previous_hash', entry.previousHash),
      text('loki.audit.who', entry.who),
      ...(entry.where === null ? [] : [text('loki.audit.where', entry.where)]),
      ...(entry.why === null ? [] : [text('loki.audit.why', entry.why)]),
    ],
  }
}

function text(key: string, value: string): object {
  return { key, value: { stringValue: value } }
}
