import { EventsError, messageOf } from './errors.js'

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
/** A JSON object. */
export type JsonObject = { readonly [key: string]: JsonValue | undefined }

/** Every event type there is, in the order of the documented format. */
export const EVENT_TYPES = ['state', 'memory', 'task', 'metric', 'error', 'session', 'command', 'user'] as const
/** Every event source there is. */
export const EVENT_SOURCES = ['cli', 'api', 'vscode', 'mcp', 'skill', 'hook', 'dashboard', 'memory', 'runner'] as const

/** What an event is about. */
export type EventType = (typeof EVENT_TYPES)[number]
/** Which part of Loki an event comes from. */
export type EventSource = (typeof EVENT_SOURCES)[number]

/** What a caller says; the bus adds `id`, `timestamp` and `version`. */
export type NewEvent = {
  readonly type: EventType
  readonly source: EventSource
  /** A JSON object of at most {@link MAX_PAYLOAD_BYTES} when serialised. */
  readonly payload: JsonObject
}

/** One event as it is on disk and as a handler gets it. */
export type LokiEvent = NewEvent & {
  readonly id: string
  /** ISO 8601, as the emitter's clock had it. */
  readonly timestamp: string
  readonly version: '1.0'
}

/** Largest serialised payload, in bytes. */
export const MAX_PAYLOAD_BYTES: number = 256 * 1024
/** Largest file taken from `pending/`: a payload and room for the other fields. */
export const MAX_EVENT_BYTES: number = MAX_PAYLOAD_BYTES + 16 * 1024

const NEW_EVENT_KEYS = ['type', 'source', 'payload']

// An id is part of a file name and ends at the last `_`, so it holds neither `_`, dot nor slash.
const ID = /^[A-Za-z0-9-]{1,128}$/
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** Checks what a caller wants to emit and gives its payload as JSON text. */
export function checkNewEvent(event: NewEvent): string {
  const value: unknown = event
  if (!isObject(value)) throw new EventsError('BAD_EVENT', `an event must be an object, got ${nameOf(value)}`)
  const extra = Object.keys(value).find((key) => !NEW_EVENT_KEYS.includes(key))
  if (extra !== undefined) {
    throw new EventsError(
      'BAD_EVENT',
      `an event has type, source and payload; ${quote(extra)} is set by the bus or unknown`,
    )
  }
  if (!isType(value.type)) throw unknownWord('UNKNOWN_TYPE', 'type', value.type, EVENT_TYPES)
  if (!isSource(value.source)) throw unknownWord('UNKNOWN_SOURCE', 'source', value.source, EVENT_SOURCES)
  if (!isObject(value.payload)) {
    throw new EventsError('BAD_EVENT', `payload must be a JSON object, got ${nameOf(value.payload)}`)
  }
  return payloadText(value.payload)
}

/** Parses the content of a file in `pending/`, or says in a sentence what is wrong with it. */
export function parseEvent(text: string, fileName: string): LokiEvent | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return `not JSON: ${messageOf(error)}`
  }
  if (!isObject(value)) return `expected a JSON object, got ${nameOf(value)}`
  const { id, type, source, timestamp, payload, version } = value
  if (typeof id !== 'string' || !ID.test(id)) return `id must be 1 to 128 letters, digits or dashes, got ${quote(id)}`
  if (!fileName.endsWith(`_${id}.json`)) return `the file name must end in _${id}.json`
  if (!isType(type)) return unknownWord('UNKNOWN_TYPE', 'type', type, EVENT_TYPES).message
  if (!isSource(source)) return unknownWord('UNKNOWN_SOURCE', 'source', source, EVENT_SOURCES).message
  if (typeof timestamp !== 'string' || !TIMESTAMP.test(timestamp)) {
    return `timestamp must be ISO 8601 with a zone, got ${quote(timestamp)}`
  }
  if (!isObject(payload)) return `payload must be a JSON object, got ${nameOf(payload)}`
  if (version !== '1.0') return `version must be "1.0", got ${quote(version)}`
  // JSON.parse made it, so every value inside is JSON.
  return { id, type, source, timestamp, payload: payload as JsonObject, version }
}

/** Whether a word is one of {@link EVENT_TYPES}. */
export function isType(word: unknown): word is EventType {
  return (EVENT_TYPES as readonly unknown[]).includes(word)
}

/** Whether a word is one of {@link EVENT_SOURCES}. */
export function isSource(word: unknown): word is EventSource {
  return (EVENT_SOURCES as readonly unknown[]).includes(word)
}

/** The refusal of a word outside a closed list; names the list. */
export function unknownWord(
  code: 'UNKNOWN_TYPE' | 'UNKNOWN_SOURCE',
  what: string,
  word: unknown,
  known: readonly string[],
): EventsError {
  return new EventsError(code, `unknown ${what} ${quote(word)}; use one of ${known.join(', ')}`)
}

function payloadText(payload: object): string {
  let text: string
  try {
    text = JSON.stringify(payload)
  } catch (cause) {
    throw new EventsError('BAD_EVENT', `payload cannot be written as JSON: ${messageOf(cause)}`, { cause })
  }
  // A toJSON method may have turned the object into something else.
  if (!text.startsWith('{')) throw new EventsError('BAD_EVENT', 'payload must be a JSON object when serialised')
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new EventsError(
      'TOO_LARGE',
      `payload is ${bytes} bytes; at most ${MAX_PAYLOAD_BYTES} fit, so store the rest and send where it is`,
    )
  }
  return text
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

/** A value for a message, cut short: it came from outside and may be long. */
function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 64)) : nameOf(value)
}
