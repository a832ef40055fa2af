import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Folders, makeFolder, replaceFile } from './folders.js'

/** Which events were removed before a group had them. */
export type LostPlace = {
  readonly group: string
  readonly stream: string
  /** The first event that the group had not finished. */
  readonly next: number
  /** The last one that is gone. */
  readonly to: number
  readonly at: Date
}

/** Puts on record, in `dead/<group>/`, that a group lost its place, and gives the path. One file for each place. */
export function writeLostPlace(folders: Folders, lost: LostPlace): string {
  const folder = join(folders.dead, lost.group)
  makeFolder(folder)
  const path = join(folder, `${String(lost.next).padStart(14, '0')}.lost.json`)
  const { group, stream, next, to, at } = lost
  const text = `${JSON.stringify({ version: 1, group, stream, from: next, to, at: at.toISOString() })}\n`
  replaceFile(path, text, { tmp: join(folders.tmp, `lost-${randomBytes(8).toString('hex')}`), sync: true })
  return path
}
