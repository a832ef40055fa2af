import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from './errors.js'
import { type Folders, makeFolder, remove, syncFolder, writeNew } from './folders.js'

/**
 * The lowest number that the log still holds; every segment below it is removed, or about to be, and is never read.
 *
 * It is the name of an empty file, so that it can be written where the disk is full, and the highest is in force, so
 * that a process that was stopped for a month and writes a lower one changes nothing. The last few stay: a listing that
 * runs while one is replaced shows at least one of them.
 */
const KEPT = 3
const FOLDER = 'floor'

/** Where the log begins; 1 for a log of which nothing was removed. */
export function readFloor(folders: Folders): number {
  return floorsIn(folders)[0] ?? 1
}

/** Says, durably, that the log begins at a number. */
export function writeFloor(folders: Folders, first: number): void {
  const folder = join(folders.log, FOLDER)
  makeFolder(folder)
  try {
    writeNew(join(folder, nameOf(first)), '', true)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
  syncFolder(folder)
  for (const lower of floorsIn(folders).slice(KEPT)) remove(join(folder, nameOf(lower)))
}

function floorsIn(folders: Folders): number[] {
  let names: string[]
  try {
    names = readdirSync(join(folders.log, FOLDER))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
  return names
    .filter((name) => /^\d{14}$/.test(name))
    .map(Number)
    .sort((a, b) => b - a)
}

function nameOf(first: number): string {
  return String(first).padStart(14, '0')
}
