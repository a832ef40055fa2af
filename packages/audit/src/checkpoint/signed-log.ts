import { statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LOG_NAME } from '../chain/name.js'
import { AuditError } from '../error.js'
import { parseVkey } from '../note/key.js'
import { openCheckpoint } from './checkpoint.js'
import type { Checkpoint } from './checkpoint.js'
import { LATEST, readNote } from './files.js'

/** A log and the latest checkpoint beside it. */
export interface SignedLog {
  readonly file: string
  readonly checkpoint: Checkpoint
}

/** Finds the latest checkpoint of a log, given by file or folder. */
export function signedLog(path: string): SignedLog {
  const given = resolve(path)
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory() === true ? join(given, LOG_NAME) : given
  if (statSync(file, { throwIfNoEntry: false }) === undefined) {
    throw new AuditError('READ_FAILED', `expected a log at ${file}, got nothing`)
  }
  const note = readNote(join(dirname(file), LATEST))
  if (note !== undefined) return { file, checkpoint: openedBy(note) }
  throw new AuditError(
    'NO_CHECKPOINT',
    `expected a checkpoint beside ${file}; without one nothing can be proven. Set LOKI_AUDIT_CHECKPOINTS=true and record something`,
  )
}

/** Verifies a checkpoint by a long-term key, by any when none is given. */
export function openedBy(note: string, publicKey?: string): Checkpoint {
  const checkpoint = openCheckpoint(note, publicKey === undefined ? undefined : parseVkey(publicKey))
  if (checkpoint !== undefined) return checkpoint
  throw new AuditError('INVALID_NOTE', `expected a checkpoint signed by ${publicKey ?? ''}, got one of another key`)
}

/** The error of a log that is not the one that was signed. */
export function notSigned(file: string, { size }: Checkpoint): AuditError {
  return new AuditError('LOG_DAMAGED', `expected ${file} to be the log that was signed at ${size} entries; verify it`)
}
