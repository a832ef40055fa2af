import { fit } from '../record.js'
import { render } from '../render/render.js'
import type { CloudWatchTarget, Delivery, ForwardRecord, Outcome, Sink } from '../types.js'
import { memberOf, request } from './http.js'
import type { HttpAnswer } from './http.js'
import type { SinkOptions } from './open.js'
import { signed } from './sigv4.js'

// PutLogEvents: at most 1,048,576 bytes with 26 more for each event, 10,000 events, 24 hours from first to last, 256 KiB an event.
const LIMITS = { records: 1000, bytes: 256 * 1024 }
const MAX_CALL = 1_048_576
const PER_EVENT = 26
const MAX_EVENT = 262_144 - PER_EVENT
const HOUR = 3_600_000
/** A little less than 14 days and 2 hours, for the way and for clocks. */
const OLDEST = 14 * 24 * HOUR - 5 * 60_000
const NEWEST = 2 * HOUR - 5 * 60_000

interface LogEvent {
  readonly index: number
  readonly timestamp: number
  readonly message: string
  readonly bytes: number
}

/** CloudWatch Logs PutLogEvents. The stream is made where it is missing; the group is not. */
export class CloudWatchSink implements Sink {
  readonly acknowledged = true
  readonly limits: Sink['limits'] = LIMITS
  readonly owes = false
  readonly #target: CloudWatchTarget
  readonly #options: SinkOptions

  constructor(target: CloudWatchTarget, options: SinkOptions) {
    this.#target = target
    this.#options = options
  }

  async deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery> {
    const outcomes: Outcome[] = []
    let answer = ''
    for (const [place, call] of callsOf(this.#eventsOf(records, outcomes)).entries()) {
      const delivery = await this.#put(call, { outcomes, signal })
      if (delivery.kind === 'settled') {
        answer = delivery.answer
      } else if (place === 0) {
        return delivery
      } else {
        // Earlier calls are settled; what is in this one begins the next batch.
        for (const { index } of call) outcomes[index] = { kind: 'later', reason: delivery.reason }
      }
    }
    return { kind: 'settled', answer, outcomes }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #eventsOf(records: readonly ForwardRecord[], outcomes: Outcome[]): LogEvent[] {
    const now = this.#options.now().getTime()
    const events = records.map((record, index): LogEvent => {
      const { text, cut } = fit(record, MAX_EVENT, (fitting) => render(fitting, this.#target.format))
      outcomes[index] = { kind: cut ? 'cut' : 'taken' }
      const at = Date.parse(record.entry.timestamp)
      // Outside of this time the service would throw the event away; the message itself tells its own time.
      const timestamp = at < now - OLDEST || at > now + NEWEST ? now : at
      return { index, timestamp, message: text, bytes: Buffer.byteLength(text) + PER_EVENT }
    })
    return events.sort((one, other) => one.timestamp - other.timestamp)
  }

  async #put(
    events: readonly LogEvent[],
    batch: { readonly outcomes: Outcome[]; readonly signal: AbortSignal },
  ): Promise<Delivery> {
    const { group, stream } = this.#target
    const body = {
      logGroupName: group,
      logStreamName: stream,
      logEvents: events.map(({ timestamp, message }) => ({ timestamp, message })),
    }
    let answer = await this.#call('PutLogEvents', body, batch.signal)
    if (answer.kind === 'answer' && typeOf(answer) === 'ResourceNotFoundException') {
      const made = await this.#call('CreateLogStream', { logGroupName: group, logStreamName: stream }, batch.signal)
      if (made.kind !== 'answer') return made
      if (made.status !== 200 && typeOf(made) !== 'ResourceAlreadyExistsException') return later(made)
      answer = await this.#call('PutLogEvents', body, batch.signal)
    }
    if (answer.kind !== 'answer') return answer
    if (answer.status !== 200) {
      if (typeOf(answer) === 'DataAlreadyAcceptedException') return settled(answer)
      const content = answer.status === 413 || typeOf(answer) === 'InvalidParameterException'
      return content ? { kind: 'unacceptable', reason: answer.summary } : later(answer)
    }
    refuse(events, memberOf(answer.json, 'rejectedLogEventsInfo'), batch.outcomes)
    return settled(answer)
  }

  #call(action: string, body: object, signal: AbortSignal): Promise<HttpAnswer | Delivery> {
    const { endpoint, region, secretAccessKey, sessionToken } = this.#target
    const url = `${endpoint}/`
    const text = JSON.stringify(body)
    const headers = signed(
      {
        url,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${action}` },
        body: text,
        region,
        service: 'logs',
      },
      this.#target,
      this.#options.now(),
    )
    return request({ url, headers, body: text, secrets: [secretAccessKey, sessionToken] }, { ...this.#options, signal })
  }
}

/** Splits events, ordered by time, into calls that the service takes. */
function callsOf(events: readonly LogEvent[]): LogEvent[][] {
  const calls: LogEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const call = calls.at(-1)
    const first = call?.[0]
    if (
      call === undefined ||
      first === undefined ||
      bytes + event.bytes > MAX_CALL ||
      event.timestamp - first.timestamp >= 24 * HOUR
    ) {
      calls.push([event])
      bytes = event.bytes
    } else {
      call.push(event)
      bytes += event.bytes
    }
  }
  return calls
}

/** A 200 may still name events that were thrown away, by their places in the call. */
function refuse(events: readonly LogEvent[], info: unknown, outcomes: Outcome[]): void {
  const place = (name: string): number | undefined => {
    const value = memberOf(info, name)
    return typeof value === 'number' ? value : undefined
  }
  const tooNew = place('tooNewLogEventStartIndex') ?? events.length
  const tooOld = place('tooOldLogEventEndIndex') ?? 0
  const expired = place('expiredLogEventEndIndex') ?? 0
  events.forEach(({ index }, at) => {
    const reason =
      at >= tooNew ? 'too new' : at < tooOld ? 'too old' : at < expired ? 'older than the retention' : undefined
    if (reason !== undefined) outcomes[index] = { kind: 'refused', reason: `CloudWatch threw it away: ${reason}` }
  })
}

function typeOf({ json }: HttpAnswer): string {
  const type = memberOf(json, '__type')
  return typeof type === 'string' ? type.slice(type.lastIndexOf('#') + 1) : ''
}

function settled({ summary }: HttpAnswer): Delivery {
  return { kind: 'settled', answer: summary, outcomes: [] }
}

function later({ summary, retryAfterMs }: HttpAnswer): Delivery {
  return { kind: 'later', reason: summary, retryAfterMs }
}
