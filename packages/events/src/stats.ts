import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listDeadLetters, listLostPlaces } from './dead-letters.js'
import { hasCode } from './errors.js'
import { isEventFile } from './file-name.js'
import { foldersOf } from './folders.js'
import { placesOf } from './groups.js'
import { Lease } from './lease.js'
import { EventLog } from './log.js'
import { type EventsOptions, settingsOf } from './options.js'
import { segmentName } from './segment.js'

/** How a bus stands. */
export type EventStats = {
  readonly dir: string
  /** Events without a number. */
  readonly pending: number
  /** The lowest number that the log holds. */
  readonly first: number
  /** The number that the next event gets. */
  readonly next: number
  readonly segments: number
  readonly bytes: number
  readonly groups: readonly GroupStats[]
  readonly deadLetters: number
  readonly lostPlaces: number
  readonly quarantined: number
}

/** How a group stands. */
export type GroupStats = {
  readonly group: string
  /** The first event that it has not finished. */
  readonly next: number
  /** Events that it has before it, wanted or not. */
  readonly behind: number
  /** Whether a living process works for it. */
  readonly served: boolean
}

/** Looks how a bus stands, and changes nothing. Undefined where it is off or was never used. */
export function eventStats(options: EventsOptions = {}): EventStats | undefined {
  const settings = settingsOf(options)
  if (settings === undefined || !existsSync(settings.dir)) return undefined
  const folders = foldersOf(settings.dir)
  const log = new EventLog(folders)
  // A log without a name has no events, and to load it would name it.
  const isNamed = existsSync(join(folders.log, 'stream.json'))
  if (isNamed) log.load()
  const places = isNamed && existsSync(folders.groups) ? placesOf(folders, log) : []
  return {
    dir: settings.dir,
    pending: namesIn(folders.pending).filter(isEventFile).length,
    first: log.first,
    next: log.next,
    segments: log.firsts.length,
    bytes: log.firsts
      .map((first) => statSync(join(folders.log, segmentName(first)), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0),
    groups: places.map(({ group, next }) => ({
      group,
      next,
      behind: log.next - Math.max(next, log.first),
      served: new Lease(folders, group).isHeld(),
    })),
    deadLetters: listDeadLetters(options).length,
    lostPlaces: listLostPlaces(options).length,
    quarantined: namesIn(folders.quarantine).filter((name) => !name.endsWith('.reason')).length,
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}
