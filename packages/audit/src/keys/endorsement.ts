import { sign, verify } from 'node:crypto'
import { keyId, verifierOf } from '../note/key.js'
import type { Signer, Verifier } from '../note/key.js'
import { signatureLine } from '../note/note.js'
import type { Note } from '../note/note.js'

/** Name of the long-term key of whoever writes a log. */
export const OWNER_NAME = 'loki-audit-owner'

const KIND = 'loki-audit-endorsement/v1'
/** The type that C2SP signed-note sets aside for types of one's own, followed by the name of this one. */
const TYPE: Buffer = Buffer.concat([Buffer.of(0xff), Buffer.from(KIND)])
const SIZE = 8 + 8 + 32 + 32 + 64

/** By whom, for which log and from where on a session key may sign. */
export interface Endorsement {
  readonly owner: Verifier
  readonly session: Verifier
  /** Entries in the log when the session began: its key signs no smaller tree. */
  readonly from: number
  /** When the session began, in seconds since 1970: its key signs no earlier time. */
  readonly since: number
}

/** What a session key is endorsed for. */
interface Term {
  readonly origin: string
  readonly session: Verifier
  readonly from: number
  readonly since: number
}

/**
 * Endorses a session key with the long-term one. The line goes under every checkpoint of the session, where verifiers
 * that do not know its type ignore it, so that a checkpoint is complete wherever it is copied to.
 */
export function endorse(owner: Signer, term: Term): string {
  const numbers = Buffer.alloc(16)
  numbers.writeBigUInt64BE(BigInt(term.from), 0)
  numbers.writeBigUInt64BE(BigInt(term.since), 8)
  const signature = sign(null, Buffer.from(message(term)), owner.privateKey)
  return signatureLine({
    name: owner.name,
    id: keyId(owner.name, TYPE, owner.raw),
    signature: Buffer.concat([numbers, term.session.raw, owner.raw, signature]),
  })
}

/** Reads the endorsements of a note that hold for a log; those that do not are as if they were not there. */
export function endorsementsOf(note: Note, origin: string): Endorsement[] {
  const found: Endorsement[] = []
  for (const { name, id, signature } of note.lines) {
    if (name !== OWNER_NAME || signature.length !== SIZE) continue
    const owner = verifierOf(name, signature.subarray(48, 80))
    if (!id.equals(keyId(name, TYPE, owner.raw))) continue
    const session = verifierOf(origin, signature.subarray(16, 48))
    const from = Number(signature.readBigUInt64BE(0))
    const since = Number(signature.readBigUInt64BE(8))
    const signed = Buffer.from(message({ origin, session, from, since }))
    if (verify(null, signed, owner.publicKey, signature.subarray(80))) found.push({ owner, session, from, since })
  }
  return found
}

function message({ origin, session, from, since }: Term): string {
  return `${KIND}\n${origin}\n${from}\n${since}\n${session.raw.toString('base64')}\n`
}
