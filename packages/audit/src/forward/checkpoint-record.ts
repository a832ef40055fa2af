import { hash } from 'node:crypto'
import { join } from 'node:path'
import { openCheckpoint } from '../checkpoint/checkpoint.js'
import { LATEST, readNote } from '../checkpoint/files.js'
import { draftOf, entryOf, GENESIS, seal } from '../format/draft.js'
import type { ForwardRecord, TargetStatus } from './types.js'

/** A checkpoint on its way, and how it is remembered. */
export interface CheckpointRecord extends ForwardRecord {
  readonly mark: NonNullable<TargetStatus['checkpoint']>
}

/**
 * Reads the latest checkpoint of a log as a record of its own, `log.checkpoint`, which is on no log. The same checkpoint is
 * always the same record, so that its hash makes two deliveries one. Undefined without one, where it is the one in `mark`,
 * and where it covers entries that the receiver does not have yet. Throws an AuditError for one that does not verify.
 */
export function checkpointBehind(
  dir: string,
  { mark, entries }: { readonly mark: TargetStatus['checkpoint']; readonly entries: number },
): CheckpointRecord | undefined {
  const note = readNote(join(dir, LATEST))
  if (note === undefined) return undefined
  const digest = `sha256:${hash('sha256', note)}`
  if (mark?.hash === digest) return undefined
  const checkpoint = openCheckpoint(note)
  if (checkpoint === undefined || checkpoint.size > entries || checkpoint.size < (mark?.size ?? 0)) return undefined
  const { origin, owner, size, root, time } = checkpoint
  const draft = draftOf(
    {
      who: 'audit',
      what: 'log.checkpoint',
      where: origin,
      why: 'a signed checkpoint of the entries before; it is on no log',
      metadata: { checkpoint: note, size, root: root.toString('base64'), key: owner },
    },
    new Date(time * 1000).toISOString(),
  )
  const { seal: place, line } = seal(draft, size, GENESIS)
  return { entry: entryOf(draft, place), line: line.slice(0, -1), mark: { size, hash: digest } }
}
