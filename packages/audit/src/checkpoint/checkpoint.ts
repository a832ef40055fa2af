import { AuditError } from '../error.js'
import { endorsementsOf } from '../keys/endorsement.js'
import { HASH_SIZE } from '../tree/frontier.js'
import { fromBase64, vkeyOf } from '../note/key.js'
import type { Verifier } from '../note/key.js'
import { openNote, parseNote } from '../note/note.js'

/** The tree of a log at one size: C2SP tlog-checkpoint. */
export interface TreeHead {
  /** Name of the log: `loki-audit/` and 32 digits of its first entry's hash. */
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** A tree head whose signatures hold. */
export interface Checkpoint extends TreeHead {
  /** When it was signed, in seconds since 1970 by the signer's clock. */
  readonly time: number
  /** The long-term key behind it, as a vkey. */
  readonly owner: string
  readonly note: string
}

const BODY = /^([^\s+]{1,255})\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/=]{44})\n$/

/** The name of a log whose first entry has this hash: a log that is begun anew has another. */
export function originOf(firstHash: string): string {
  return `loki-audit/${firstHash.replace('sha256:', '').slice(0, 32)}`
}

/** The text that is signed. */
export function headText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/**
 * Verifies a checkpoint: the long-term key endorses a session key, which has signed the tree head and the time.
 * Without `owner` any long-term key will do; undefined when `owner` is given and has not endorsed it. Throws an AuditError
 * `INVALID_NOTE` for what is no checkpoint, or has a signature that does not hold.
 */
export function openCheckpoint(note: string, owner?: Verifier): Checkpoint | undefined {
  const head = parseHead(note)
  const parsed = parseNote(note)
  const all = endorsementsOf(parsed, head.origin)
  if (all.length === 0) throw new AuditError('INVALID_NOTE', 'expected a checkpoint that a long-term key endorses')
  const endorsement = owner === undefined ? all[0] : all.find((one) => one.owner.raw.equals(owner.raw))
  if (endorsement === undefined) return undefined
  const { time } = openNote(parsed, [endorsement.session])
  if (time === undefined || time < endorsement.since || head.size < endorsement.from) {
    throw new AuditError('INVALID_NOTE', 'expected a checkpoint of the time and the size that its key is endorsed for')
  }
  return { ...head, time, owner: vkeyOf(endorsement.owner), note }
}

/** Reads a tree head and verifies nothing: throws an AuditError `INVALID_NOTE`. */
function parseHead(note: string): TreeHead {
  const [, origin = '', size = '', base64 = ''] = BODY.exec(parseNote(note).text) ?? []
  const root = fromBase64(base64)
  if (root?.length !== HASH_SIZE) {
    throw new AuditError('INVALID_NOTE', 'expected a checkpoint: origin, size and root, and nothing else')
  }
  return { origin, size: Number(size), root }
}
