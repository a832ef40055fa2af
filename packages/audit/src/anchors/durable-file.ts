import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, rmSync } from 'node:fs'
import { statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder } from '../writer/sync-folder.js'

const LARGEST = 4 * 1024 * 1024
const TAIL = 128 * 1024

/** Puts a file in the place of the one before: after a crash there is the old one or the new one, and after this the new one. */
export function replaceDurably(file: string, content: string | Buffer): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeWhole(fd, content)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
  syncFolder(dirname(file))
}

/**
 * Adds a line to a file and syncs it; what a crash or a full disk left of a line before is cut off first. A file that is
 * larger than 4 MiB becomes the one of the same name with `.old` before its extension.
 */
export function appendDurably(file: string, line: string): void {
  const isNew = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0
  const fd = openSync(file, 'a+', 0o600)
  try {
    const size = endOf(fd)
    try {
      writeWhole(fd, `${line}\n`)
      fsyncSync(fd)
    } catch (error) {
      ftruncateSync(fd, size)
      throw error
    }
  } finally {
    closeSync(fd)
  }
  if (isNew) syncFolder(dirname(file))
  if (statSync(file).size > LARGEST) renameSync(file, olderOf(file))
}

/** The name that a full file is given. */
function olderOf(file: string): string {
  return file.replace(/(\.jsonl)?$/, '.old$1')
}

function writeWhole(fd: number, content: string | Buffer): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
}

/** The end of the last whole line, where the file now ends. */
function endOf(fd: number): number {
  const { size } = fstatSync(fd)
  const tail = Buffer.alloc(Math.min(size, TAIL))
  readSync(fd, tail, 0, tail.length, size - tail.length)
  const end = size - tail.length + tail.lastIndexOf(0x0a) + 1
  if (end < size) ftruncateSync(fd, end)
  return end
}
