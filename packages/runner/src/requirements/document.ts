import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { isMissing, messageOf, RunnerError } from '../errors.js'
import { tasksIn, type PlannedTask } from './tasks.js'

/** A requirements document (PRD), read and cut into tasks. */
export interface Requirements {
  readonly path: string
  readonly sha256: string
  readonly text: string
  readonly tasks: readonly PlannedTask[]
}

const maxBytes = 1024 * 1024

/** Reads a Markdown document of at most 1 MiB. A link is refused: what is hashed must be what a person named. */
export async function readRequirements(path: string): Promise<Requirements> {
  const bytes = await readRegularFile(path)
  const text = decode(bytes, path)
  if (text.trim() === '') throw bad(path, 'it is empty; write down what is to be done, best as a checklist')
  const tasks = tasksIn(text)
  if (typeof tasks === 'string') throw bad(path, tasks)
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), text, tasks }
}

async function readRegularFile(path: string): Promise<Buffer> {
  try {
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) throw bad(path, 'it is a symbolic link; name the file itself')
    if (stats.isDirectory()) throw bad(path, 'it is a folder; name the Markdown file in it')
    if (!stats.isFile()) throw bad(path, 'it is not a regular file')
    // Between the check and this line the path can become a link or a pipe: neither is followed or waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { size } = await file.stat()
      if (size > maxBytes) throw bad(path, `it has ${size} bytes and at most ${maxBytes} are read; split it`)
      const buffer = Buffer.alloc(maxBytes + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead > maxBytes) throw bad(path, `it has more than ${maxBytes} bytes; split it`)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof RunnerError) throw cause
    throw bad(path, isMissing(cause) ? 'there is no such file' : messageOf(cause), cause)
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw bad(path, 'it is not UTF-8 text; save it as UTF-8', cause)
  }
}

function bad(path: string, problem: string, cause?: unknown): RunnerError {
  return new RunnerError('BAD_PRD', `Expected a Markdown document at ${path}: ${problem}.`, { cause })
}
