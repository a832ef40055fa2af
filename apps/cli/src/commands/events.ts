import { join } from 'node:path'
import {
  dropDeadLetter,
  EVENT_SOURCES,
  EVENT_TYPES,
  EventsError,
  eventStats,
  listDeadLetters,
  listLostPlaces,
  openEvents,
  readEvents,
  retryDeadLetter,
} from '@loki/events'
import type {
  DeadLetter,
  EventsOptions,
  EventSource,
  EventType,
  JsonObject,
  NewEvent,
  PlacedEvent,
  ReadQuery,
} from '@loki/events'
import { prepareProjectFolder } from '@loki/guard'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf, timeOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { readStandardInput } from '../standard-input.js'
import { jsonLine, plain, shorten } from '../text.js'
import { countArgument, momentOf, wholeNumber } from './audit-query.js'

export interface EventFilterOptions {
  readonly type?: readonly string[]
  readonly source?: readonly string[]
}

export interface TailOptions extends EventFilterOptions {
  readonly follow?: boolean
  readonly group?: string
}

export interface EmitOptions {
  readonly source?: string
  readonly durable?: boolean
}

export interface ReplayOptions extends EventFilterOptions {
  readonly since: string
}

export interface DeadOptions {
  readonly all?: boolean
}

const LAST = 10

/** `loki events tail`: the last events, and with `-f` each new one until it is told to end. */
export async function tail(call: Call<TailOptions>): Promise<ExitName | undefined> {
  const { args, options } = call
  const { follow = false, group } = options
  const bus = busOf(call)
  const place = group === undefined ? undefined : placeOf(bus, group)
  const query: ReadQuery = {
    ...filterOf(options),
    follow,
    ...(place === undefined ? {} : { fromSeq: place }),
    ...(place !== undefined && args[0] === undefined ? {} : { last: countArgument(args[0], LAST) }),
  }
  await show(call, follow ? { ...query, signal: call.interrupted().signal } : query)
  return undefined // being told to end is how it ends
}

/** `loki events emit`. */
export async function emit(call: Call<EmitOptions>): Promise<ExitName | undefined> {
  const { output, args, options } = call
  const [type = '', given] = args
  const payload = payloadOf(given === '-' ? await readStandardInput() : (given ?? '{}'))
  prepareProjectFolder(call.projectDir)
  const bus = openEvents({ ...busOf(call), durability: options.durable === true ? 'fsync' : 'rename' })
  try {
    // What is not one of the known words is refused by the bus, with the list.
    const event = { type, source: options.source ?? 'cli', payload } as NewEvent
    const id = await bus.emit(event).catch(told)
    if (output.json) output.record({ id })
    else output.data(String(id))
  } finally {
    await bus.close()
  }
  return undefined
}

/** `loki events replay`. */
export async function replay(call: Call<ReplayOptions>): Promise<ExitName | undefined> {
  const { options } = call
  await show(call, { ...filterOf(options), ...beginOf(options.since) })
  return undefined
}

/** `loki events stats`. */
export async function stats(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const found = await attempt(() => eventStats(busOf(call)))
  if (found === undefined) {
    if (output.json) output.record(null)
    else output.note('No event was told here yet.')
    return undefined
  }
  if (output.json) {
    output.record(found)
    return undefined
  }
  const { pending, first, next, segments, bytes, deadLetters, lostPlaces, quarantined, groups } = found
  const { color } = output
  const many = (count: number, text: string): string => (count === 0 ? text : color.yellow(text))
  output.data(
    [
      `${countOf(next - first, 'event')} in ${countOf(segments, 'segment')} (${Math.ceil(bytes / 1024)} KiB), numbers ${first} to ${next - 1}`,
      `${pending} pending, ${many(quarantined, `${quarantined} set aside`)}, ${many(deadLetters, `${deadLetters} given up`)}${lostPlaces === 0 ? '' : color.yellow(`, ${countOf(lostPlaces, 'place')} lost`)}`,
    ].join('\n'),
  )
  if (groups.length === 0) return undefined
  const columns = [
    { title: 'GROUP', value: ({ group }: (typeof groups)[number]) => group },
    { title: 'BEHIND', value: ({ behind }: (typeof groups)[number]) => String(behind) },
    { title: 'NEXT', value: ({ next: at }: (typeof groups)[number]) => String(at) },
    { title: 'SERVED', value: ({ served }: (typeof groups)[number]) => (served ? 'yes' : 'no') },
  ]
  output.data(table(output, groups, columns))
  return undefined
}

/** `loki events dead`. */
export async function dead(call: Call<DeadOptions>): Promise<ExitName | undefined> {
  const { output, args, options } = call
  const [action = 'list', group, number] = args
  const bus = busOf(call)
  if (action === 'list') return list(output, { bus, group })
  if (action !== 'retry' && action !== 'drop') {
    throw usageError(`An action is one of list, retry, drop; got ${JSON.stringify(action)}.`)
  }
  if (group === undefined || (number === undefined) === (options.all !== true)) {
    throw usageError(
      `Name a group, and either the number of an event or --all: loki events dead ${action} <group> <number>.`,
    )
  }
  const numbers =
    number === undefined
      ? (await attempt(() => listDeadLetters(bus, group))).map(({ seq }) => seq)
      : [wholeNumber(number, 'A number', [1, Number.MAX_SAFE_INTEGER])]
  const act = action === 'retry' ? retryDeadLetter : dropDeadLetter
  const done = await attempt(() => numbers.filter((seq) => act(bus, { group, seq })))
  if (output.json) output.record({ action, group, numbers: done })
  else if (done.length > 0) {
    const what = action === 'retry' ? 'goes to its group again' : 'is dropped'
    for (const seq of done) output.note(`Event ${seq} of ${group} ${what}.`)
  } else output.error(`Nothing to ${action}: no such event was given up by ${plain(group)}.`)
  return done.length > 0 ? undefined : 'failed'
}

async function list(
  output: Output,
  { bus, group }: { readonly bus: EventsOptions; readonly group: string | undefined },
): Promise<undefined> {
  const [letters, lost] = await attempt(() => [listDeadLetters(bus, group), listLostPlaces(bus, group)] as const)
  if (output.json) {
    output.record({ letters, lost })
    return undefined
  }
  if (letters.length + lost.length === 0) output.note('No group gave anything up.')
  if (letters.length > 0) {
    output.data(
      table<DeadLetter>(output, letters, [
        { title: 'GROUP', value: (letter) => letter.group },
        { title: 'NUMBER', value: ({ seq }) => String(seq) },
        { title: 'TIME', value: ({ at }) => timeOf(at) },
        { title: 'TRIES', value: ({ tries, retrying }) => (retrying ? `${tries}, again` : String(tries)) },
        { title: 'ERROR', value: ({ error }) => `${error.name}: ${error.message}` },
      ]),
    )
  }
  for (const { group: owner, from, to, at } of lost) {
    output.data(plain(`${owner} waited too long: events ${from} to ${to} were removed by ${timeOf(at)}`))
  }
  return undefined
}

/** The bus of a project: `LOKI_EVENTS_DIR`, else `.loki/events` below the project. */
function busOf({ projectDir, output }: Pick<Call<unknown>, 'projectDir' | 'output'>): EventsOptions {
  const own = process.env.LOKI_EVENTS_DIR?.trim() ?? ''
  return {
    dir: own === '' ? join(projectDir, '.loki', 'events') : own,
    onProblem: ({ message }) => {
      output.error(plain(message))
    },
  }
}

async function show(call: Call<unknown>, query: ReadQuery): Promise<void> {
  const { output } = call
  await attempt(async () => {
    for await (const placed of readEvents(busOf(call), query)) {
      if (output.json) output.record({ seq: placed.position.seq, ...placed.event })
      else output.data(lineOf(output, placed))
    }
  })
}

function lineOf(output: Output, { event, position }: PlacedEvent): string {
  const { dim, red } = output.color
  const { type, source, timestamp, payload } = event
  const head = `${String(position.seq).padStart(6)}  ${timeOf(timestamp)}  ${source.padEnd(9)}  ${type.padEnd(7)}`
  const room = output.columns === undefined ? Infinity : Math.max(20, output.columns - head.length - 2)
  return `${type === 'error' ? red(head) : head}  ${dim(shorten(jsonLine(payload), room))}`
}

function filterOf({ type, source }: EventFilterOptions): Pick<ReadQuery, 'types' | 'sources'> {
  const isType = (word: string): word is EventType => (EVENT_TYPES as readonly string[]).includes(word)
  const isSource = (word: string): word is EventSource => (EVENT_SOURCES as readonly string[]).includes(word)
  const odd = type?.find((word) => !isType(word))
  if (odd !== undefined) throw usageError(`--type is one of ${EVENT_TYPES.join(', ')}; got ${JSON.stringify(odd)}.`)
  const stranger = source?.find((word) => !isSource(word))
  if (stranger !== undefined) {
    throw usageError(`--source is one of ${EVENT_SOURCES.join(', ')}; got ${JSON.stringify(stranger)}.`)
  }
  return { types: type?.filter(isType), sources: source?.filter(isSource) }
}

/** A number, an id (which holds a dash and is no time), or a time. */
function beginOf(since: string): Pick<ReadQuery, 'fromSeq' | 'fromId' | 'since'> {
  if (/^\d{1,15}$/.test(since)) return { fromSeq: Number(since) }
  if (/^[0-9a-f]{16}-\d{12}$/.test(since)) return { fromId: since }
  return { since: momentOf('--since', since) }
}

function placeOf(bus: EventsOptions, group: string): number {
  const found = eventStats(bus)?.groups.find((one) => one.group === group)
  if (found !== undefined) return found.next
  throw new CliError('NO_GROUP', `There is no group ${JSON.stringify(group)}.`, {
    next: 'See them with: loki events stats',
  })
}

function payloadOf(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CliError('USAGE', 'A payload is a JSON object; this is not JSON.', {
      exit: 'usage',
      next: `Quote it for the shell: '{"title":"..."}'.`,
      cause,
    })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject // JSON.parse made it
  throw usageError('A payload is a JSON object, such as {"title":"..."}.')
}

async function attempt<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    return told(error)
  }
}

const REFUSALS = new Set(['BAD_EVENT', 'UNKNOWN_TYPE', 'UNKNOWN_SOURCE', 'TOO_LARGE', 'BAD_GROUP', 'BAD_OPTION'])

/** What the bus refuses, in the words and with the exit of the command line. */
function told(error: unknown): never {
  if (!(error instanceof EventsError)) throw error
  const exit = REFUSALS.has(error.code) ? 'usage' : 'failed'
  throw new CliError(error.code, error.message, { exit, cause: error })
}
