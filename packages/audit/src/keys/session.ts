import { generateKeyPairSync } from 'node:crypto'
import { signerOf } from '../note/key.js'
import type { Signer } from '../note/key.js'
import { formatNote, noteSignature, timeSignature } from '../note/note.js'
import { endorse } from './endorsement.js'

/**
 * A key for one run of a writer. It exists in memory only, so that whoever takes the machine over later cannot sign
 * in its name.
 */
export class SessionKey {
  readonly #endorsement: string
  #signer: Signer | undefined

  /** `from` entries are in the log when the session begins, at `since` seconds since 1970. */
  constructor(owner: Signer, term: { readonly origin: string; readonly from: number; readonly since: number }) {
    this.#signer = signerOf(term.origin, generateKeyPairSync('ed25519').privateKey)
    this.#endorsement = endorse(owner, { ...term, session: this.#signer })
  }

  /** Signs a checkpoint; undefined once the key is erased. */
  sign(text: string, time: number): string | undefined {
    const signer = this.#signer
    if (signer === undefined) return undefined
    return formatNote(text, [noteSignature(text, signer), timeSignature(text, signer, time), this.#endorsement])
  }

  /** Lets go of the key. It was never written anywhere; its memory is the runtime's to reuse. */
  erase(): void {
    this.#signer = undefined
  }
}
