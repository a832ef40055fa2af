import { closeSync, constants, fsyncSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode } from './errors.js'

/** Where everything of one bus lies. Paths only: making this touches nothing. */
export type Folders = {
  readonly root: string
  readonly pending: string
  readonly archive: string
  readonly log: string
  readonly groups: string
  readonly dead: string
  readonly quarantine: string
  readonly tmp: string
}

/** The folders of the bus that lives in `root`. */
export function foldersOf(root: string): Folders {
  const at = (name: string): string => join(root, name)
  return {
    root,
    pending: at('pending'),
    archive: at('archive'),
    log: at('log'),
    groups: at('groups'),
    dead: at('dead'),
    quarantine: at('quarantine'),
    tmp: at('tmp'),
  }
}

/** Makes those folders of a bus that are missing. */
export function makeFolders(folders: Folders): void {
  for (const path of Object.values(folders)) makeFolder(path)
}

/** Makes a folder that only its owner may enter. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

/** Writes a new file that only its owner may read; an existing one is an error (`EEXIST`). */
export function writeNew(path: string, data: string | Buffer, sync: boolean): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
    if (sync) fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Replaces a file whole: readers see the old or the new content, never a part. */
export function replaceFile(
  path: string,
  data: string,
  options: { readonly tmp: string; readonly sync: boolean },
): void {
  try {
    writeNew(options.tmp, data, options.sync)
    renameSync(options.tmp, path)
  } catch (error) {
    remove(options.tmp)
    throw error
  }
}

/** Makes the names in a folder durable. Windows cannot open a folder, and keeps its names in order without. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Removes a file; one that is gone already is fine. */
export function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}

/** Moves a file; false when it was not there, because another process has moved it. */
export function move(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
