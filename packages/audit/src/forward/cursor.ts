import { randomBytes } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { AuditError, asAuditError, systemCode } from '../error.js'
import type { TargetStatus } from './types.js'

/** How far one receiver is, as it stands in `cursor.json`. */
export interface Progress extends Pick<
  TargetStatus,
  'cursor' | 'delivered' | 'cut' | 'refused' | 'deliveredAt' | 'checkpoint' | 'failure'
> {
  /** Bytes of the log up to the end of the cursor's line: where to look first. */
  readonly offset: number
}

/** One entry that a receiver will never take, or entries among which it named none. */
export interface Refusal {
  readonly at: string
  readonly seq: number
  readonly hash: string
  readonly reason: string
  /** How many of the batch that ends with this entry, where the receiver did not say which. */
  readonly count?: number | undefined
}

const START: Progress = {
  cursor: null,
  offset: 0,
  delivered: 0,
  cut: 0,
  refused: 0,
  deliveredAt: null,
  checkpoint: null,
  failure: null,
}
const LONGEST_LIST = 16 * 1024 * 1024
const LONGEST_CURSOR = 64 * 1024

/** Reads `cursor.json`; without one, nothing was sent yet. A damaged one is an error: a guess would skip or repeat. */
export function readProgress(folder: string): Progress {
  const file = join(folder, 'cursor.json')
  let text: string
  try {
    if (statSync(file).size > LONGEST_CURSOR) throw damaged(file)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return START
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
  try {
    const value: unknown = JSON.parse(text)
    // Cursors of the first releases know nothing of checkpoints.
    if (isProgress(value)) return { ...START, ...value }
  } catch {
    // Told below.
  }
  throw damaged(file)
}

/** Replaces `cursor.json` in one step: after a crash there is the old one or the new one. */
export function writeProgress(folder: string, progress: Progress): void {
  const file = join(folder, 'cursor.json')
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const fd = openSync(draft, 'wx', 0o600)
    try {
      writeFileSync(fd, `${JSON.stringify({ version: 1, ...progress })}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw asAuditError(error, 'WRITE_FAILED', `expected to write ${file}`)
  }
}

/** Adds to `refused.jsonl`; a full one becomes `refused.old.jsonl`. The entries themselves stay in the log. */
export function writeRefusals(folder: string, refusals: readonly Refusal[]): void {
  const file = join(folder, 'refused.jsonl')
  try {
    if (existsSync(file) && statSync(file).size > LONGEST_LIST) renameSync(file, join(folder, 'refused.old.jsonl'))
    const lines = refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join('')
    appendFileSync(file, lines, { mode: 0o600, flush: true })
  } catch (error) {
    throw asAuditError(error, 'WRITE_FAILED', `expected to write ${file}`)
  }
}

export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

function damaged(file: string): AuditError {
  return new AuditError(
    'READ_FAILED',
    `expected ${file} to be a cursor; remove it to send the whole log again, which receivers that know the hash take as the same`,
  )
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== 'object' || value === null) return false
  const it = value as Partial<Record<keyof Progress | 'version', unknown>> // each member is looked at below
  const counts = [it.offset, it.delivered, it.cut, it.refused]
  if (it.version !== 1 || !counts.every((count) => Number.isSafeInteger(count) && Number(count) >= 0)) return false
  if (it.deliveredAt !== null && typeof it.deliveredAt !== 'string') return false
  if (it.failure !== null && typeof it.failure !== 'object') return false
  const { size, hash: digest } = (it.checkpoint ?? { size: 0, hash: NO_HASH }) as { size?: unknown; hash?: unknown } // as above
  if (!isPlace(size, digest)) return false
  if (it.cursor === null) return true
  const { seq, hash } = (it.cursor ?? {}) as { seq?: unknown; hash?: unknown } // as above
  return isPlace(seq, hash)
}

const NO_HASH = `sha256:${'0'.repeat(64)}`

function isPlace(number: unknown, hash: unknown): boolean {
  const isCount = Number.isSafeInteger(number) && Number(number) >= 0
  return isCount && typeof hash === 'string' && /^sha256:[0-9a-f]{64}$/.test(hash)
}
