import { EventsError } from './errors.js'
import { isSource, isType, type JsonObject, type LokiEvent, parseEvent } from './event.js'
import type { Position } from './position.js'

/** A CloudEvent 1.0 in its JSON form, as far as an event of Loki fills it. */
export type CloudEvent = {
  readonly specversion: '1.0'
  readonly id: string
  /** `/loki/<source>`. */
  readonly source: string
  /** `dev.loki.<type>`, and `.<action>` where the payload has a word under `action`. */
  readonly type: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: JsonObject
  /** What the event is about: the task of the payload, else its run or session. */
  readonly subject?: string
  /** Number in the log, in decimal: CloudEvents integers end at 2^31. */
  readonly lokiseq?: string
  readonly lokistream?: string
  /** W3C Trace Context, where the payload has it. */
  readonly traceparent?: string
}

const TYPE = /^dev\.loki\.([a-z]+)(?:\.[a-z0-9_-]{1,64})?$/
const SOURCE = /^\/loki\/([a-z]+)$/
const ACTION = /^[a-z0-9_-]{1,64}$/
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/
const SUBJECT_KEYS = ['task', 'taskId', 'run', 'runId', 'session', 'sessionId']
const MAX_SUBJECT = 256
const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i

/**
 * An event as a CloudEvent 1.0 (structured JSON), for tools outside. Nothing is lost: {@link fromCloudEvent} gives the
 * same event again.
 */
export function toCloudEvent(event: LokiEvent, position?: Position): CloudEvent {
  const { id, type, source, timestamp, payload } = event
  const { action, traceparent } = payload
  const subject = SUBJECT_KEYS.map((key) => payload[key]).find(isSubject)
  return {
    specversion: '1.0',
    id,
    source: `/loki/${source}`,
    type: typeof action === 'string' && ACTION.test(action) ? `dev.loki.${type}.${action}` : `dev.loki.${type}`,
    time: timestamp,
    datacontenttype: 'application/json',
    ...(subject === undefined ? {} : { subject }),
    ...(position === undefined ? {} : { lokiseq: String(position.seq), lokistream: position.stream }),
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
    data: payload,
  }
}

/**
 * The event in a CloudEvent that {@link toCloudEvent} made, here or elsewhere.
 *
 * @throws EventsError `BAD_EVENT` for what is no CloudEvent 1.0 or was not one of Loki's events; `UNKNOWN_TYPE` and
 * `UNKNOWN_SOURCE` for words that this version does not know.
 */
export function fromCloudEvent(value: unknown): LokiEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('a CloudEvent is an object')
  const cloud = value as Readonly<Record<string, unknown>> // any object
  if (cloud.specversion !== '1.0') throw refused('specversion must be "1.0"')
  for (const name of ['id', 'source', 'type'] as const) {
    if (typeof cloud[name] !== 'string' || cloud[name] === '') throw refused(`${name} is required and must be a string`)
  }
  const stranger = Object.keys(cloud).find((name) => !/^[a-z0-9]{1,64}$/.test(name) && name !== 'data_base64')
  if (stranger !== undefined) throw refused(`${quote(stranger)} is no name of an attribute`)
  if (cloud.data_base64 !== undefined) throw refused('data must be JSON, not base64')
  const media = cloud.datacontenttype ?? 'application/json'
  if (typeof media !== 'string' || !JSON_TYPE.test(media)) throw refused('datacontenttype must be a JSON one')
  if (cloud.time === undefined) throw refused('time is needed: every event has one')

  const type = TYPE.exec(String(cloud.type))?.[1]
  const source = SOURCE.exec(String(cloud.source))?.[1]
  if (type === undefined) throw refused('type must be dev.loki.<type>, or that and .<action>')
  if (source === undefined) throw refused('source must be /loki/<source>')
  if (!isType(type)) throw new EventsError('UNKNOWN_TYPE', `unknown type ${quote(type)} in a CloudEvent`)
  if (!isSource(source)) throw new EventsError('UNKNOWN_SOURCE', `unknown source ${quote(source)} in a CloudEvent`)

  const id = String(cloud.id)
  const text = textOf({ id, type, source, timestamp: cloud.time, payload: cloud.data, version: '1.0' })
  // By the rules of a file, so that what comes from outside can be written to one.
  const event = parseEvent(text, `_${id}.json`)
  if (typeof event === 'string') throw refused(event)
  return event
}

function isSubject(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_SUBJECT
}

function textOf(event: object): string {
  try {
    return JSON.stringify(event)
  } catch (cause) {
    throw new EventsError('BAD_EVENT', 'the data of a CloudEvent must be JSON', { cause })
  }
}

function refused(reason: string): EventsError {
  return new EventsError('BAD_EVENT', `not an event of Loki as CloudEvent 1.0: ${reason}`)
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 64))
}
