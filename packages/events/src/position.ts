import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EventsError, hasCode } from './errors.js'
import { type Folders, remove, replaceFile, writeNew } from './folders.js'

/** Where an event stands: the key under which a handler can tell that it has seen it before. */
export type Position = {
  /** Names the log; another one in the same folder has another name. */
  readonly stream: string
  /** Number in the log, from 1, without gaps. */
  readonly seq: number
}

/** The next event a group has not finished. */
export type Cursor = { readonly stream: string; readonly next: number }

/** Reads how far a group has come; undefined for a new group. */
export function readCursor(folders: Folders, group: string): Cursor | undefined {
  const path = pathOf(folders, group)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  const cursor = parseCursor(text)
  if (cursor === undefined) {
    throw new EventsError(
      'DAMAGED',
      `${path} must hold {"version":1,"group":...,"stream":...,"next":...}; mend it, or remove it to begin anew`,
    )
  }
  return cursor
}

/** Commits how far a group has come. After power loss an earlier position may be back, and events come again. */
export function writeCursor(folders: Folders, group: string, cursor: Cursor): void {
  replaceFile(pathOf(folders, group), textOf(group, cursor), { tmp: tmpOf(folders, group), sync: true })
}

/** Gives a new group its beginning; a group that has one keeps it. */
export function startCursor(folders: Folders, group: string, cursor: Cursor): void {
  const tmp = tmpOf(folders, group)
  try {
    writeNew(tmp, textOf(group, cursor), true)
    linkSync(tmp, pathOf(folders, group))
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    remove(tmp)
  }
}

function parseCursor(text: string): Cursor | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('stream' in value) || !('next' in value)) return undefined
  const { stream, next } = value
  if (typeof stream !== 'string' || !Number.isSafeInteger(next) || Number(next) < 1) return undefined
  return { stream, next: Number(next) }
}

function textOf(group: string, cursor: Cursor): string {
  return `${JSON.stringify({ version: 1, group, stream: cursor.stream, next: cursor.next })}\n`
}

function pathOf(folders: Folders, group: string): string {
  return join(folders.groups, `${group}.json`)
}

function tmpOf(folders: Folders, group: string): string {
  return join(folders.tmp, `group-${group}-${randomBytes(8).toString('hex')}`)
}
