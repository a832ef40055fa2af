import { verify } from 'node:crypto'
import { AuditError } from '../error.js'
import { COSIGNATURE, ED25519, fromBase64, keyId, verifierOf } from '../note/key.js'
import type { Verifier } from '../note/key.js'
import type { Note, SignatureLine } from '../note/note.js'

const MAX_TIME = 2n ** 63n - 1n

/** A cosignature that holds. */
export interface Cosignature {
  /** When it was made, in seconds since 1970 by the witness's clock. */
  readonly time: number
  readonly line: SignatureLine
}

/** The public key of a witness as text, C2SP tlog-cosignature: a vkey of type 0x04. */
export function cosignerKey({ name, raw }: Verifier): string {
  const type = Buffer.of(COSIGNATURE)
  return `${name}+${keyId(name, type, raw).toString('hex')}+${Buffer.concat([type, raw]).toString('base64')}`
}

/** Reads the public key of a witness: of type 0x04, or 0x01 as older witnesses publish it. Throws `INVALID_KEY`. */
export function parseCosigner(text: string): Verifier {
  const [, name = '', id = '', key = ''] = /^([^+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/.exec(text) ?? []
  const bytes = fromBase64(key)
  const type = bytes?.subarray(0, 1)
  if (bytes?.length !== 33 || type === undefined || ![COSIGNATURE, ED25519].includes(type[0] ?? 0)) {
    throw invalid(`an Ed25519 key of a witness, name+id+base64, got ${JSON.stringify(text.slice(0, 100))}`)
  }
  const verifier = verifierOf(name, bytes.subarray(1))
  if (keyId(name, type, verifier.raw).toString('hex') === id) return verifier
  throw invalid(`a key whose id is that of its name and bytes; ${id} is not, so it was changed on the way`)
}

/** Finds the cosignature of a witness on a note; undefined without one. Throws `INVALID_NOTE` for one that does not hold. */
export function cosignatureOf({ text, lines }: Note, witness: Verifier): Cosignature | undefined {
  const id = keyId(witness.name, Buffer.of(COSIGNATURE), witness.raw)
  let found: Cosignature | undefined
  for (const line of lines) {
    if (line.name !== witness.name || !line.id.equals(id)) continue
    const { signature } = line
    const time = signature.length === 72 ? signature.readBigUInt64BE() : MAX_TIME + 1n
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
    if (time > MAX_TIME || !verify(null, message, witness.publicKey, signature.subarray(8))) {
      throw new AuditError(
        'INVALID_NOTE',
        `expected the cosignature of ${witness.name} to be that of this checkpoint; one of them was changed`,
      )
    }
    if (time <= BigInt(Number.MAX_SAFE_INTEGER)) found = { time: Number(time), line }
  }
  return found
}

function invalid(expected: string): AuditError {
  return new AuditError('INVALID_KEY', `expected ${expected}`)
}
