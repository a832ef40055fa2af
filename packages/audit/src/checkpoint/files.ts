import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, readSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Blocks } from '../chain/blocks.js'
import { plainSource } from '../chain/source.js'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { syncFolder } from '../writer/sync-folder.js'

/** Names of the files beside the log. */
export const LATEST = 'checkpoint'
export const HISTORY = 'checkpoints.jsonl'

const MAX_BYTES = 64 * 1024

/** Reads a small text file; undefined where there is none. */
export function readNote(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length <= MAX_BYTES) return text
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
  throw new AuditError('INVALID_NOTE', `expected ${file} to be at most ${MAX_BYTES} bytes`)
}

/** Puts a file in the place of the one before, whole or not at all. */
export async function replaceFile(file: string, text: string, sync: boolean): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600)
  try {
    await handle.writeFile(text)
    if (sync) await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${file}.new`, file)
  if (sync) syncFolder(join(file, '..'))
}

/** Adds a checkpoint to the history. */
export async function appendHistory(dir: string, note: string): Promise<void> {
  const handle = await open(join(dir, HISTORY), 'a', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify({ checkpoint: note })}\n`)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** Cuts off a last line that a crash left without its end. */
export function trimHistory(dir: string): void {
  let fd: number
  try {
    fd = openSync(join(dir, HISTORY), constants.O_RDWR)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw error
  }
  try {
    const { size } = fstatSync(fd)
    const tail = Buffer.alloc(Math.min(size, MAX_BYTES))
    readSync(fd, tail, 0, tail.length, size - tail.length)
    const end = size - tail.length + tail.lastIndexOf(0x0a) + 1
    if (end < size) ftruncateSync(fd, end)
  } finally {
    closeSync(fd)
  }
}

/** Streams the notes of a file: one checkpoint as it stands, or a history of them, one a line. */
export async function* readNotes(file: string): AsyncGenerator<string, void, undefined> {
  const blocks = new Blocks(plainSource(file))
  try {
    let first = true
    for (let end = await blocks.next(); end > 0; end = await blocks.next()) {
      if (first && blocks.buffer[0] !== 0x7b) {
        yield readNote(file) ?? ''
        return
      }
      first = false
      for (const line of blocks.buffer.toString('utf8', 0, end - 1).split('\n')) yield noteIn(line, file)
    }
    // What stands behind the last LF is no checkpoint: a writer was interrupted there.
    if (blocks.remainder > MAX_BYTES) throw malformed(file)
  } finally {
    blocks.close()
  }
}

function noteIn(line: string, file: string): string {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && 'checkpoint' in value && typeof value.checkpoint === 'string') {
      return value.checkpoint
    }
  } catch {
    // Said below.
  }
  throw malformed(file)
}

function malformed(file: string): AuditError {
  return new AuditError('INVALID_NOTE', `expected every line of ${file} to be {"checkpoint":"..."}`)
}
