import { createPrivateKey, createPublicKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { AuditError } from '../error.js'

/** Signature types of C2SP signed-note: plain Ed25519, and Ed25519 with a time. */
export const ED25519 = 0x01
export const COSIGNATURE = 0x04

/** Who may have signed a note: a name and a public key. */
export interface Verifier {
  readonly name: string
  readonly publicKey: KeyObject
  /** The 32 bytes of the public key. */
  readonly raw: Buffer
}

/** Who signs. */
export interface Signer extends Verifier {
  readonly privateKey: KeyObject
}

const SPKI: Buffer = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8: Buffer = Buffer.from('302e020100300506032b657004220420', 'hex')
const SECRET = 'PRIVATE+KEY+'
const NAME = /^[^\s+\p{Cc}]{1,255}$/u

/** Makes a verifier of 32 bytes. */
export function verifierOf(name: string, raw: Buffer): Verifier {
  if (!NAME.test(name)) throw malformed(`a name without space or +, got ${JSON.stringify(name.slice(0, 60))}`)
  if (raw.length !== 32) throw malformed(`a public key of 32 bytes, got ${raw.length}`)
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
  return { name, publicKey, raw }
}

/** Makes a signer of a private Ed25519 key. */
export function signerOf(name: string, privateKey: KeyObject): Signer {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw malformed(`a private Ed25519 key, got ${privateKey.type} ${privateKey.asymmetricKeyType ?? ''}`)
  }
  const der = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  return { ...verifierOf(name, der.subarray(SPKI.length)), privateKey }
}

/** The four bytes by which a signature line names its key. */
export function keyId(name: string, type: Buffer, raw: Buffer): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), type, raw]), 'buffer').subarray(0, 4)
}

/** The public key as text: `name+id+base64`. */
export function vkeyOf({ name, raw }: Verifier): string {
  const type = Buffer.of(ED25519)
  return `${name}+${keyId(name, type, raw).toString('hex')}+${Buffer.concat([type, raw]).toString('base64')}`
}

/** The private key as text, as Go's sumdb/note reads it: `PRIVATE+KEY+name+id+base64`. */
export function skeyOf(signer: Signer): string {
  const type = Buffer.of(ED25519)
  const seed = signer.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length)
  const id = keyId(signer.name, type, signer.raw).toString('hex')
  return `${SECRET}${signer.name}+${id}+${Buffer.concat([type, seed]).toString('base64')}`
}

/** Reads a public key; throws an AuditError `INVALID_KEY`. */
export function parseVkey(text: string): Verifier {
  const { name, id, raw } = parts(text, text)
  const verifier = verifierOf(name, raw)
  checkId(verifier, id)
  return verifier
}

/** Reads a private key; throws an AuditError `INVALID_KEY` that does not show it. */
export function parseSkey(text: string): Signer {
  if (!text.startsWith(SECRET)) throw malformed(`a private key that starts with ${SECRET}`)
  const { name, id, raw } = parts(text.slice(SECRET.length), 'something else')
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' })
  const signer = signerOf(name, privateKey)
  checkId(signer, id)
  return signer
}

/** Reads strict base64; undefined for anything that is not its own encoding. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function parts(text: string, shown: string): { name: string; id: string; raw: Buffer } {
  const [, name = '', id = '', key = ''] = /^([^+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/.exec(text) ?? []
  const bytes = fromBase64(key)
  if (bytes?.length !== 33 || bytes[0] !== ED25519) {
    throw malformed(`an Ed25519 key of the form name+id+base64, got ${JSON.stringify(shown.slice(0, 100))}`)
  }
  return { name, id, raw: bytes.subarray(1) }
}

function checkId({ name, raw }: Verifier, id: string): void {
  if (keyId(name, Buffer.of(ED25519), raw).toString('hex') !== id) {
    throw malformed(`a key whose id is that of its name and bytes; ${id} is not, so it was changed on the way`)
  }
}

function malformed(expected: string): AuditError {
  return new AuditError('INVALID_KEY', `expected ${expected}`)
}
