import { sign, verify } from 'node:crypto'
import { AuditError } from '../error.js'
import { COSIGNATURE, ED25519, fromBase64, keyId } from './key.js'
import type { Signer, Verifier } from './key.js'

const MAX_NOTE = 64 * 1024
const MAX_SIGNATURES = 64
/** Long enough for the signatures of keys that are not known here: an ML-DSA-44 cosignature has 3,248 characters. */
const LINE = /^\u2014 ([^\s+]{1,255}) ([A-Za-z0-9+/=]{1,8192})$/u

/** One signature line: whose, by name and key id, and the bytes behind the id. */
export interface SignatureLine {
  readonly name: string
  readonly id: Buffer
  readonly signature: Buffer
}

/** A note that was taken apart; nothing in it is verified. */
export interface Note {
  /** What is signed, with its last LF. */
  readonly text: string
  readonly lines: readonly SignatureLine[]
}

/** The signatures of one key that hold; `time` in seconds since 1970 where the key signed one. */
export interface Opened {
  readonly text: string
  readonly time: number | undefined
}

/** A signature line: the name, then the first four bytes of the key's id and the signature in base64. */
export function signatureLine({ name, id, signature }: SignatureLine): string {
  return `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`
}

/** Signs a text, which ends in LF, as C2SP signed-note type 0x01. */
export function noteSignature(text: string, signer: Signer): string {
  const id = keyId(signer.name, Buffer.of(ED25519), signer.raw)
  return signatureLine({ name: signer.name, id, signature: sign(null, Buffer.from(text), signer.privateKey) })
}

/** Signs a text and a time, in seconds since 1970, as C2SP tlog-cosignature type 0x04. */
export function timeSignature(text: string, signer: Signer, time: number): string {
  const id = keyId(signer.name, Buffer.of(COSIGNATURE), signer.raw)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(time))
  const signature = sign(null, Buffer.from(cosigned(text, time)), signer.privateKey)
  return signatureLine({ name: signer.name, id, signature: Buffer.concat([bytes, signature]) })
}

/** Puts a text and its signature lines together. */
export function formatNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.join('')}`
}

/** Takes a note apart; throws an AuditError `INVALID_NOTE`. */
export function parseNote(note: string): Note {
  if (Buffer.byteLength(note) > MAX_NOTE) throw invalid(`a signed note of at most ${MAX_NOTE} bytes`)
  // eslint-disable-next-line no-control-regex -- the specification forbids exactly these
  if (/[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note)) throw invalid('a signed note without control characters')
  const border = note.lastIndexOf('\n\n')
  if (border < 0 || !note.endsWith('\n')) throw invalid('a signed note: text, an empty line, signatures')
  const signatures = note.slice(border + 2, -1).split('\n')
  if (signatures.length > MAX_SIGNATURES) throw invalid(`a signed note with at most ${MAX_SIGNATURES} signatures`)
  const lines = signatures.map((line): SignatureLine => {
    const [, name = '', blob = ''] = LINE.exec(line) ?? []
    const bytes = fromBase64(blob)
    if (bytes === undefined || bytes.length < 5) throw invalid('signature lines of the form "\u2014 name base64"')
    return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
  })
  return { text: note.slice(0, border + 1), lines }
}

/**
 * Verifies a note: one of the keys at least has signed it, keys that nobody named are ignored, and one signature of a
 * named key that does not hold spoils the note. Throws an AuditError `INVALID_NOTE`.
 */
export function openNote(note: Note, verifiers: readonly Verifier[]): Opened {
  let signed = false
  let time: number | undefined
  for (const verifier of verifiers) {
    for (const { signature } of linesOf(note, verifier, Buffer.of(ED25519))) {
      if (!verify(null, Buffer.from(note.text), verifier.publicKey, signature)) throw unsound(verifier)
      signed = true
    }
    for (const { signature } of linesOf(note, verifier, Buffer.of(COSIGNATURE))) {
      const seconds = signature.length === 72 ? Number(signature.readBigUInt64BE()) : Number.NaN
      const message = Buffer.from(cosigned(note.text, seconds))
      if (!verify(null, message, verifier.publicKey, signature.subarray(8))) throw unsound(verifier)
      time = seconds
    }
  }
  if (!signed) throw invalid(`a note signed by ${verifiers.map(({ name }) => name).join(' or ')}`)
  return { text: note.text, time }
}

/** Finds a key's lines by name and id. */
function linesOf(note: Note, verifier: Verifier, type: Buffer): readonly SignatureLine[] {
  const id = keyId(verifier.name, type, verifier.raw)
  return note.lines.filter((line) => line.name === verifier.name && line.id.equals(id))
}

function cosigned(text: string, time: number): string {
  return `cosignature/v1\ntime ${time}\n${text}`
}

function unsound({ name }: Verifier): AuditError {
  return invalid(`the signature of ${name} to be that of this text; note or signature were changed`)
}

function invalid(expected: string): AuditError {
  return new AuditError('INVALID_NOTE', `expected ${expected}`)
}
