import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { hasCode } from './errors.js'
import type { LokiEvent } from './event.js'
import type { Handler } from './subscribe-options.js'

/** The group whose position says how far the mirror has come. */
export const MIRROR_GROUP = 'events-jsonl'

const MAX_BYTES = 50 * 1024 * 1024
const KEPT = 2

/**
 * Appends each event to one readable file, in the shape that older tools follow: `{timestamp, type, data}`, with the
 * source and the payload in `data`. A projection: after a kill its last lines may be there twice, and nothing reads it
 * back. At 50 MiB it becomes `.1`, and that `.2`.
 */
export function mirrorTo(path: string): Handler {
  return (event) => {
    const line = Buffer.from(lineOf(event))
    let fd = openFile(path)
    try {
      if (fstatSync(fd).size + line.length > MAX_BYTES) {
        closeSync(fd)
        rotate(path)
        fd = openFile(path)
      }
      for (let done = 0; done < line.length;) done += writeSync(fd, line, done)
    } finally {
      closeSync(fd)
    }
  }
}

function lineOf({ type, source, timestamp, payload }: LokiEvent): string {
  return `${JSON.stringify({ timestamp, type, data: { ...payload, source } })}\n`
}

/** Never through a link: whoever made one could have us write elsewhere. */
function openFile(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
}

function rotate(path: string): void {
  for (let n = KEPT; n >= 1; n -= 1) {
    try {
      renameSync(n === 1 ? path : `${path}.${n - 1}`, `${path}.${n}`)
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
  }
}
