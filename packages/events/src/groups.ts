import { readdirSync } from 'node:fs'
import { EventsError } from './errors.js'
import type { Folders } from './folders.js'
import type { EventLog } from './log.js'
import { readCursor } from './position.js'

/** How far a group has come. */
export type GroupPlace = {
  readonly group: string
  /** The first event that it has not finished. */
  readonly next: number
}

/**
 * Every group that has a position. One whose position cannot be read, or is of another log, stands at the beginning:
 * what it still wants is not known, so nothing is taken from it lightly.
 */
export function placesOf(folders: Folders, log: EventLog): GroupPlace[] {
  return readdirSync(folders.groups)
    .map((name) => /^([a-z0-9][a-z0-9-]{0,63})\.json$/.exec(name)?.[1])
    .filter((group) => group !== undefined)
    .sort()
    .map((group) => ({ group, next: nextOf(folders, { group, log }) }))
}

function nextOf(folders: Folders, options: { readonly group: string; readonly log: EventLog }): number {
  const { group, log } = options
  try {
    const cursor = readCursor(folders, group)
    return cursor?.stream === log.stream && cursor.next <= log.next ? cursor.next : log.first
  } catch (error) {
    if (error instanceof EventsError) return log.first
    throw error
  }
}
