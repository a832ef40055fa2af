import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { EventsError, hasCode, messageOf } from './errors.js'
import { MAX_EVENT_BYTES, parseEvent } from './event.js'
import { type Folders, move, remove, writeNew } from './folders.js'
import type { Settings } from './options.js'

/** What a file in `pending/` turns out to be. */
export type Incoming =
  | { readonly kind: 'event'; readonly text: string }
  /** Another process has numbered it. */
  | { readonly kind: 'gone' }
  /** Not whole; its writer may still be at work. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'refused'; readonly reason: string }

// Writers that do not rename write in place: give them time before a file counts as broken.
const GRACE_MS = 5000
// Such a writer holds `<file>.lock` meanwhile; one older than this was left by a dead process.
const LOCK_MS = 60_000

/** Reads one file of `pending/`, whatever somebody may have put there. */
export function readIncoming(folders: Folders, name: string, now: Date): Incoming {
  const path = join(folders.pending, name)
  let file: { readonly stats: Stats; readonly text: string | undefined }
  try {
    file = readRegular(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'gone' }
    if (hasCode(error, 'ELOOP', 'EMLINK')) return { kind: 'refused', reason: 'a symbolic link is not an event' }
    if (hasCode(error, 'EACCES', 'EPERM')) return { kind: 'refused', reason: `cannot be read: ${messageOf(error)}` }
    throw error
  }
  if (!file.stats.isFile()) return { kind: 'refused', reason: 'only a regular file can be an event' }
  if (file.text === undefined) return { kind: 'refused', reason: `larger than ${MAX_EVENT_BYTES} bytes` }

  const event = parseEvent(file.text, name)
  if (typeof event !== 'string') return { kind: 'event', text: file.text }
  // Also a time in the future counts as old: a stepped clock must not make a file wait for ever.
  if (Math.abs(now.getTime() - file.stats.mtimeMs) < GRACE_MS || isLocked(path, now)) return { kind: 'unfinished' }
  return { kind: 'refused', reason: event }
}

/** Sets a file aside, with the reason beside it, and says so. */
export function quarantine(folders: Folders, name: string, options: Settings & { readonly reason: string }): void {
  const path = join(folders.quarantine, name)
  if (!move(join(folders.pending, name), path)) return
  options.report(new EventsError('QUARANTINED', `${name} was set aside in ${folders.quarantine}: ${options.reason}`))
  try {
    remove(`${path}.reason`)
    writeNew(`${path}.reason`, `${options.reason}\n`, false)
  } catch {
    // The name may be too long for the suffix; the reason has been reported.
  }
}

/** Does not follow a link out of the folder, nor wait for ever on a pipe. */
function readRegular(path: string): { readonly stats: Stats; readonly text: string | undefined } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile() || stats.size > MAX_EVENT_BYTES) return { stats, text: undefined }
    const bytes = Buffer.allocUnsafe(stats.size)
    let length = 0
    while (length < bytes.length) {
      const read = readSync(fd, bytes, length, bytes.length - length, length)
      if (read === 0) break
      length += read
    }
    return { stats, text: bytes.toString('utf8', 0, length) }
  } finally {
    closeSync(fd)
  }
}

function isLocked(path: string, now: Date): boolean {
  try {
    return Math.abs(now.getTime() - statSync(`${path}.lock`).mtimeMs) < LOCK_MS
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false
    throw error
  }
}
