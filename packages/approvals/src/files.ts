import { randomBytes } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { ApprovalError } from './error.js'

const MAX_BYTES = 262_144

/**
 * Makes a file that nobody has made before, whole and synced, in one step: of any number who try one succeeds. False where
 * it is there already.
 */
export function createOnce(file: string, folder: string, value: unknown): boolean {
  const bytes = Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
  if (bytes.length > MAX_BYTES)
    throw new ApprovalError('INVALID_INPUT', `expected at most ${MAX_BYTES} bytes of question or answer`)
  const draft = join(folder, `.draft-${randomBytes(8).toString('hex')}`)
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    linkSync(draft, file)
    syncFolder(folder)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw new ApprovalError('QUEUE_FAILED', `expected to write ${file}; mend the disk, then try again`, { cause })
  } finally {
    rmSync(draft, { force: true })
  }
}

/** What a file holds; undefined where there is none. Throws `QUEUE_FAILED` for one that is no JSON object. */
export function readObject(file: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats === undefined) return undefined
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error('it is no file of ours')
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown> // checked
    throw new Error('it is no JSON object')
  } catch (cause) {
    throw new ApprovalError(
      'QUEUE_FAILED',
      `expected ${file} to be readable; look at it, and remove its folder to be rid of the question`,
      { cause },
    )
  }
}

export function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new ApprovalError('QUEUE_FAILED', `expected to make ${dir}`, { cause })
  }
}

/** Names in a folder; none where it is not there. */
export function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new ApprovalError('QUEUE_FAILED', `expected to read ${dir}`, { cause })
  }
}

function syncFolder(dir: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
