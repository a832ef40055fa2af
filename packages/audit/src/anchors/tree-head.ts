import { AuditError } from '../error.js'
import { fromBase64 } from '../note/key.js'
import type { Note } from '../note/note.js'
import type { TreeHead } from '../checkpoint/checkpoint.js'
import { HASH_SIZE } from '../tree/frontier.js'

// C2SP tlog-checkpoint: origin, size and root, and then lines that mean nothing to us, none of them empty.
const BODY = /^([^\n]{1,255})\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/=]{44})\n(?:[^\n]+\n)*$/

/** Reads the tree head of any C2SP log, and verifies nothing: throws an AuditError `INVALID_NOTE`. */
export function treeHeadOf({ text }: Note): TreeHead {
  const [, origin = '', size = '', base64 = ''] = BODY.exec(text) ?? []
  const root = fromBase64(base64)
  if (root?.length === HASH_SIZE) return { origin, size: Number(size), root }
  throw new AuditError('INVALID_NOTE', 'expected a checkpoint: origin, size and root')
}
