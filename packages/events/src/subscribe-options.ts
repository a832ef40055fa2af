import {
  EVENT_SOURCES,
  EVENT_TYPES,
  type EventSource,
  type EventType,
  isSource,
  isType,
  type LokiEvent,
  unknownWord,
} from './event.js'
import { EventsError } from './errors.js'
import type { Position } from './position.js'

/** Which events a group wants, and how it takes them. */
export interface SubscribeOptions {
  /** Name of the group, 1 to 64 of `a-z`, `0-9` and `-`. Processes that name the same group share its work. */
  readonly group: string
  /** Default: every type. */
  readonly types?: readonly EventType[] | undefined
  /** Default: every source. */
  readonly sources?: readonly EventSource[] | undefined
  /** Where a group begins that was never there before: `start` (default) of the log, or `now`. */
  readonly from?: 'start' | 'now' | undefined
  /** How often the handler gets one event before it goes to `dead/<group>/`. Default 5. */
  readonly tries?: number | undefined
  /** True lets the program end while subscribed. Default false: a subscription keeps it alive until closed. */
  readonly unref?: boolean | undefined
}

/** Gets one event at a time; the next comes when the promise of this one is fulfilled. */
export type Handler = (event: LokiEvent, position: Position) => void | Promise<void>

/** A group's work in this process. */
export interface Subscription {
  readonly group: string
  /** Stops after the running handler. Not to be awaited inside the handler, which would wait for itself. */
  close(): Promise<void>
}

/** Subscribe options past the edge. */
export type Wanted = {
  readonly group: string
  readonly types: ReadonlySet<EventType> | undefined
  readonly sources: ReadonlySet<EventSource> | undefined
  readonly from: 'start' | 'now'
  readonly tries: number
  readonly unref: boolean
}

const GROUP = /^[a-z0-9][a-z0-9-]{0,63}$/
const MAX_TRIES = 100

/** Checks what a caller wants to subscribe to. */
export function checkSubscribe(options: SubscribeOptions, handler: Handler): Wanted {
  const { group, types, sources, from = 'start', tries = 5, unref = false } = options
  checkGroup(group)
  const filter = checkFilter({ types, sources })
  const start: string = from
  if (start !== 'start' && start !== 'now') {
    throw new EventsError('BAD_OPTION', `from must be 'start' or 'now', got ${JSON.stringify(from)}`)
  }
  if (!Number.isSafeInteger(tries) || tries < 1 || tries > MAX_TRIES) {
    throw new EventsError('BAD_OPTION', `tries must be a whole number from 1 to ${MAX_TRIES}, got ${tries}`)
  }
  if (typeof handler !== 'function') throw new EventsError('BAD_OPTION', 'subscribe needs a handler function')
  return {
    group,
    ...filter,
    from,
    tries,
    unref,
  }
}

/** Checks the name of a group, which is part of file names. */
export function checkGroup(group: unknown): void {
  if (typeof group === 'string' && GROUP.test(group)) return
  const got = JSON.stringify(group)
  throw new EventsError(
    'BAD_GROUP',
    `group must be 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit, got ${got}`,
  )
}

/** Checks which events are wanted. */
export function checkFilter({
  types,
  sources,
}: Pick<SubscribeOptions, 'types' | 'sources'>): Pick<Wanted, 'types' | 'sources'> {
  for (const type of types ?? []) if (!isType(type)) throw unknownWord('UNKNOWN_TYPE', 'type', type, EVENT_TYPES)
  for (const source of sources ?? []) {
    if (!isSource(source)) throw unknownWord('UNKNOWN_SOURCE', 'source', source, EVENT_SOURCES)
  }
  return { types: types && new Set(types), sources: sources && new Set(sources) }
}
