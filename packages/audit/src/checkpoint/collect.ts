import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { readReceipts } from '../anchors/receipt.js'
import { Witnessed } from '../anchors/witnessed.js'
import type { WitnessedTree } from '../anchors/witnessed.js'
import { LOG_NAME } from '../chain/name.js'
import { AuditError } from '../error.js'
import { parseVkey } from '../note/key.js'
import type { VerifyOptions } from '../types.js'
import { openCheckpoint } from './checkpoint.js'
import type { Checkpoint } from './checkpoint.js'
import { HISTORY, LATEST, readNotes } from './files.js'

const MOST = 1_000_000

/** Different tree heads of one log, the smallest first; of equal ones the latest. */
export type Checkpoints = readonly Checkpoint[]

/** What speaks for and against a log. */
export interface Evidence {
  readonly checkpoints: Checkpoints
  /** The largest tree that a witness has cosigned. */
  readonly witnessed: WitnessedTree | undefined
}

/**
 * Gathers and verifies every checkpoint beside a log, in the receipts of its anchors and in the copies kept elsewhere. Throws an AuditError for a file that
 * cannot be read or holds a checkpoint that does not verify.
 */
export async function collect(log: string, { publicKey, anchors = [], witnesses }: VerifyOptions): Promise<Evidence> {
  const owner = publicKey === undefined ? undefined : parseVkey(publicKey)
  const { files, receipts } =
    basename(log) === LOG_NAME ? await readReceipts(dirname(log)) : { files: [], receipts: [] }
  const witnessed = new Witnessed(witnesses, receipts)
  const found = new Map<string, Checkpoint>()
  const take = async (file: string): Promise<number> => {
    let taken = 0
    for await (const note of readNotes(file)) {
      const checkpoint = openCheckpoint(note, owner)
      if (checkpoint === undefined || checkpoint.size === 0) continue // an empty tree is part of every log
      taken++
      witnessed.visit(checkpoint)
      const key = `${checkpoint.size} ${checkpoint.root.toString('base64')} ${checkpoint.origin} ${checkpoint.owner}`
      if ((found.get(key)?.time ?? -1) < checkpoint.time) found.set(key, checkpoint)
      if (found.size > MOST) throw new AuditError('TOO_LARGE', `expected at most ${MOST} different checkpoints`)
    }
    return taken
  }
  for (const file of [...besides(log), ...files]) await take(file)
  for (const file of anchors) {
    // Whoever names a copy relies on it: one that says nothing must not pass for one that agrees.
    if ((await take(file)) > 0) continue
    throw new AuditError(
      'INVALID_NOTE',
      `expected a checkpoint ${publicKey === undefined ? '' : `of ${publicKey} `}in ${file}`,
    )
  }
  const checkpoints = [...found.values()].sort((a, b) => a.size - b.size || a.time - b.time)
  return { checkpoints, witnessed: witnessed.latest() }
}

/** A copy of a log under another name has no checkpoints of its own. */
function besides(log: string): string[] {
  if (basename(log) !== LOG_NAME) return []
  return [HISTORY, LATEST].map((name) => join(dirname(log), name)).filter((file) => existsSync(file))
}
