import { openCheckpoint } from '../../checkpoint/checkpoint.js'
import type { TreeHead } from '../../checkpoint/checkpoint.js'
import { AuditError } from '../../error.js'
import { OWNER_NAME } from '../../keys/endorsement.js'
import { parseVkey, vkeyOf } from '../../note/key.js'
import type { Verifier } from '../../note/key.js'
import { openNote, parseNote } from '../../note/note.js'
import { treeHeadOf } from '../tree-head.js'

const OURS = /^loki-audit\/[0-9a-f]{32}$/

/** A checkpoint that a trusted key has signed. */
export interface Submitted {
  /** What the checkpoint's signatures are over, lines that mean nothing to us included. */
  readonly text: string
  readonly head: TreeHead
  /** The key that answers for the log: its own, or that of the owner who endorsed it. */
  readonly key: string
}

/** Why a checkpoint is not looked at. */
export type Distrust = { readonly kind: 'unknown' } | { readonly kind: 'unsigned'; readonly reason: string }

/** The logs that a witness knows. */
export class Trust {
  readonly #owners: Verifier[] = []
  readonly #logs = new Map<string, Verifier[]>()

  /**
   * A key called `loki-audit-owner` stands for every audit log whose session keys its owner endorses; any other one for
   * the C2SP log of that name. Throws an AuditError `INVALID_KEY`.
   */
  constructor(vkeys: readonly string[]) {
    for (const verifier of vkeys.map(parseVkey)) {
      if (verifier.name === OWNER_NAME) this.#owners.push(verifier)
      else this.#logs.set(verifier.name, [...(this.#logs.get(verifier.name) ?? []), verifier])
    }
  }

  /** Finds whose checkpoint a note is. Throws an AuditError `INVALID_NOTE` for what is no checkpoint. */
  judge(text: string): Submitted | Distrust {
    const note = parseNote(text)
    const head = treeHeadOf(note)
    const log = this.#logs.get(head.origin)
    if (log === undefined) {
      return OURS.test(head.origin) && this.#owners.length > 0
        ? this.#endorsed(text, { text: note.text, head })
        : { kind: 'unknown' }
    }
    const reasons: string[] = []
    for (const verifier of log) {
      try {
        openNote(note, [verifier])
        return { text: note.text, head, key: vkeyOf(verifier) }
      } catch (error) {
        reasons.push(messageOf(error))
      }
    }
    return { kind: 'unsigned', reason: reasons.join('; ') }
  }

  #endorsed(note: string, read: Omit<Submitted, 'key'>): Submitted | Distrust {
    for (const owner of this.#owners) {
      try {
        const checkpoint = openCheckpoint(note, owner)
        if (checkpoint !== undefined) return { ...read, key: checkpoint.owner }
      } catch (error) {
        return { kind: 'unsigned', reason: messageOf(error) }
      }
    }
    return { kind: 'unsigned', reason: 'expected a checkpoint that a known owner endorses' }
  }
}

function messageOf(error: unknown): string {
  if (error instanceof AuditError) return error.message
  throw error
}
