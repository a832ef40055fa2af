import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EventsError, hasCode } from './errors.js'
import { type LokiEvent, parseEvent } from './event.js'
import { type Folders, foldersOf, move, remove } from './folders.js'
import { type EventsOptions, settingsOf } from './options.js'
import { checkGroup } from './subscribe-options.js'

/** An event that a group gave up. */
export type DeadLetter = {
  readonly group: string
  readonly stream: string
  readonly seq: number
  readonly tries: number
  readonly at: string
  readonly error: { readonly name: string; readonly message: string }
  /** Undefined for a line of the log whose checksum did not hold. */
  readonly event: LokiEvent | undefined
  /** True once it was asked for to be tried again; whoever serves the group does so. */
  readonly retrying: boolean
}

/** Events that were removed before a group had them. */
export type LostEvents = {
  readonly group: string
  readonly stream: string
  readonly from: number
  readonly to: number
  readonly at: string
}

/** Which letter is meant. */
export type LetterKey = { readonly group: string; readonly seq: number }

const LETTER = /^(\d{14})(\.retry)?\.json$/
const LOST = /^\d{14}\.lost\.json$/

/** What groups gave up, by group and number. None where the bus is off or was never used. */
export function listDeadLetters(options: EventsOptions = {}, group?: string): DeadLetter[] {
  return filesOf(options, { pattern: LETTER, group }).map(({ path, group: owner, name }) =>
    readLetter(path, { group: owner, retrying: name.includes('.retry.') }),
  )
}

/** What was removed before groups had it, by group and number. */
export function listLostPlaces(options: EventsOptions = {}, group?: string): LostEvents[] {
  return filesOf(options, { pattern: LOST, group }).map(({ path, group: owner }) => {
    const { stream, from, to, at } = readFields(path)
    return { group: owner, stream: textOf(stream), from: Number(from), to: Number(to), at: textOf(at) }
  })
}

/**
 * Asks that a group gets an event again, at its old position; whoever serves the group now or next gives it to the
 * handler. False where there is no such letter.
 *
 * @throws EventsError `DAMAGED` for a letter that holds no event.
 */
export function retryDeadLetter(options: EventsOptions, key: LetterKey): boolean {
  const paths = pathsOf(options, key)
  if (paths === undefined) return false
  try {
    const { event } = readLetter(paths.letter, { group: key.group, retrying: false })
    if (event === undefined) {
      throw new EventsError('DAMAGED', `event ${key.seq} of group ${key.group} was damaged in the log; drop it`)
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
  return move(paths.letter, paths.retry)
}

/** Removes a letter for good. False where there is none. */
export function dropDeadLetter(options: EventsOptions, key: LetterKey): boolean {
  const paths = pathsOf(options, key)
  if (paths === undefined) return false
  const trash = `${paths.letter}.dropped`
  const found = move(paths.letter, trash) || move(paths.retry, trash)
  remove(trash)
  return found
}

/** The letters of a group that are to be tried again, with their paths. */
export function lettersToRetry(
  folders: Folders,
  group: string,
): { readonly path: string; readonly letter: DeadLetter }[] {
  const folder = join(folders.dead, group)
  return namesIn(folder)
    .filter((name) => name.endsWith('.retry.json') && LETTER.test(name))
    .sort()
    .map((name) => join(folder, name))
    .map((path) => ({ path, letter: readLetter(path, { group, retrying: true }) }))
}

function readLetter(path: string, options: { readonly group: string; readonly retrying: boolean }): DeadLetter {
  const { stream, seq, tries, at, error, event } = readFields(path)
  const { name, message } = typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {} // any JSON
  return {
    group: options.group,
    stream: textOf(stream),
    seq: Number(seq),
    tries: Number(tries),
    at: textOf(at),
    error: { name: textOf(name), message: textOf(message) },
    event: eventOf(event),
    retrying: options.retrying,
  }
}

function eventOf(value: unknown): LokiEvent | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined
  const event = parseEvent(JSON.stringify(value), `_${String(value.id)}.json`)
  return typeof event === 'string' ? undefined : event
}

function readFields(path: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) throw cause
    throw new EventsError('DAMAGED', `${path} is not JSON; look at it, then remove it`, { cause })
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown> // any JSON object
  throw new EventsError('DAMAGED', `${path} must hold a JSON object; look at it, then remove it`)
}

function filesOf(
  options: EventsOptions,
  wanted: { readonly pattern: RegExp; readonly group: string | undefined },
): { readonly path: string; readonly group: string; readonly name: string }[] {
  const settings = settingsOf(options)
  if (settings === undefined) return []
  const { dead } = foldersOf(settings.dir)
  if (wanted.group !== undefined) checkGroup(wanted.group)
  const groups = wanted.group === undefined ? namesIn(dead).sort() : [wanted.group]
  return groups.flatMap((group) =>
    namesIn(join(dead, group))
      .filter((name) => wanted.pattern.test(name))
      .sort()
      .map((name) => ({ path: join(dead, group, name), group, name })),
  )
}

function pathsOf(
  options: EventsOptions,
  { group, seq }: LetterKey,
): { readonly letter: string; readonly retry: string } | undefined {
  const settings = settingsOf(options)
  checkGroup(group)
  if (!Number.isSafeInteger(seq) || seq < 1) {
    throw new EventsError('BAD_OPTION', `seq must be the number of an event, got ${seq}`)
  }
  if (settings === undefined) return undefined
  const base = join(foldersOf(settings.dir).dead, group, String(seq).padStart(14, '0'))
  return { letter: `${base}.json`, retry: `${base}.retry.json` }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
