import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { messageOf } from './errors.js'
import { type Folders, makeFolder, replaceFile } from './folders.js'
import type { LogRecord } from './segment.js'

const MAX_MESSAGE = 2000

/** Why a group gives an event up. */
export type Failure = {
  readonly group: string
  readonly stream: string
  readonly tries: number
  readonly error: unknown
  readonly at: Date
}

/** Puts an event that a group could not work off into `dead/<group>/`, with the error, and gives the path. */
export function writeDeadLetter(folders: Folders, record: LogRecord, failure: Failure): string {
  const folder = join(folders.dead, failure.group)
  makeFolder(folder)
  const path = join(folder, `${String(record.seq).padStart(14, '0')}.json`)
  const letter = {
    version: 1,
    group: failure.group,
    stream: failure.stream,
    seq: record.seq,
    tries: failure.tries,
    at: failure.at.toISOString(),
    error: {
      name: failure.error instanceof Error ? failure.error.name : typeof failure.error,
      message: messageOf(failure.error).slice(0, MAX_MESSAGE),
    },
    ...(record.kind === 'event' ? { event: record.event } : { line: record.line }),
  }
  const tmp = join(folders.tmp, `dead-${randomBytes(8).toString('hex')}`)
  replaceFile(path, `${JSON.stringify(letter)}\n`, { tmp, sync: true })
  return path
}
