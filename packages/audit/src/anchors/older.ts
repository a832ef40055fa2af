import type { TreeHead } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import { parseNote } from '../note/note.js'
import { treeHeadOf } from './tree-head.js'

/**
 * Throws `ANCHOR_CONFLICT` where a place holds a checkpoint of the same log that a log which only grows cannot have left
 * there: a larger one, or another tree of the same size.
 */
export function refuseOlder(head: TreeHead, kept: string | undefined, where: string): void {
  if (kept === undefined) return
  const before = treeHeadOf(parseNote(kept))
  if (before.origin !== head.origin || before.size < head.size) return
  if (before.size === head.size && before.root.equals(head.root)) return
  throw new AuditError(
    'ANCHOR_CONFLICT',
    `expected ${where} to hold less than ${head.size} entries of ${head.origin}, but it holds ${before.size}${before.size === head.size ? ' with another root' : ''}: the log was cut, put back or rewritten, or this checkpoint is not its latest. Verify the log against that copy`,
  )
}
