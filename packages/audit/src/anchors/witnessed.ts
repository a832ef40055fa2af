import type { Checkpoint } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import type { Verifier } from '../note/key.js'
import { parseNote } from '../note/note.js'
import type { Witnessing } from '../types.js'
import { cosignatureOf, cosignerKey, parseCosigner } from './cosignature.js'
import type { Receipt } from './receipt.js'

/** A tree that a witness has cosigned. */
export type WitnessedTree = Omit<Witnessing, 'unanchored'>

interface Known {
  readonly verifier: Verifier
  readonly trusted: boolean
}

const MOST = 64

/** Finds which checkpoints were cosigned, by witnesses that a verifier trusts and by those that receipts name. */
export class Witnessed {
  readonly #witnesses: readonly Known[]
  #latest: WitnessedTree | undefined

  /**
   * `keys` are vkeys that the verifier knows; with any, what others cosigned counts for nothing. Throws an AuditError
   * `INVALID_KEY` for one of them that is malformed, and `INVALID_NOTE` for one that a receipt names.
   */
  constructor(keys: readonly string[] | undefined, receipts: readonly Receipt[]) {
    this.#witnesses =
      keys === undefined ? namedIn(receipts) : keys.map((key) => ({ verifier: parseCosigner(key), trusted: true }))
  }

  /** Takes a checkpoint that verifies; throws an AuditError `INVALID_NOTE` where a cosignature of one of them does not hold. */
  visit({ note, size }: Checkpoint): void {
    if (this.#witnesses.length === 0) return
    const parsed = parseNote(note)
    for (const { verifier, trusted } of this.#witnesses) {
      const cosignature = cosignatureOf(parsed, verifier)
      if (cosignature === undefined || size < (this.#latest?.size ?? 0)) continue
      const time = new Date(cosignature.time * 1000).toISOString()
      // Of one size the first time counts: it is since then that nobody could have made it up.
      if (size === this.#latest?.size && time >= this.#latest.time) continue
      this.#latest = { name: verifier.name, size, time, publicKey: cosignerKey(verifier), trusted }
    }
  }

  /** The largest tree that was cosigned. */
  latest(): WitnessedTree | undefined {
    return this.#latest
  }
}

function namedIn(receipts: readonly Receipt[]): Known[] {
  const keys = [...new Set(receipts.flatMap(({ key }) => (key === undefined ? [] : [key])))]
  try {
    if (keys.length > MOST) throw new RangeError(`expected at most ${MOST} witnesses`)
    return keys.map((key) => ({ verifier: parseCosigner(key), trusted: false }))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('INVALID_NOTE', `expected receipts to name the keys of witnesses: ${message}`, {
      cause: error,
    })
  }
}
