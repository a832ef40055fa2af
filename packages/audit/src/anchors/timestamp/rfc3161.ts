import { hash } from 'node:crypto'
import { AuditError } from '../../error.js'
import { element, elementsIn, integer, membersOf, TAG } from './der.js'
import type { Element } from './der.js'

const SHA256 = oid('608648016503040201') // 2.16.840.1.101.3.4.2.1
const SIGNED_DATA = '2a864886f70d010702' // 1.2.840.113549.1.7.2, RFC 5652 section 5.1
const TST_INFO = '2a864886f70d0109100104' // 1.2.840.113549.1.9.16.1.4, RFC 3161 section 2.4.2

/** Status values of RFC 3161 section 2.4.2. */
const STATUS = ['granted', 'grantedWithMods', 'rejection', 'waiting', 'revocationWarning', 'revocationNotification']

/** What a timestamp authority has said of some bytes; its signature is not verified here. */
export interface Timestamp {
  /** `genTime`, by the authority's clock: `2026-01-31T12:00:00.000Z`. */
  readonly time: string
  readonly serial: string
}

/** Writes the TimeStampReq of RFC 3161 section 2.4.1 for some bytes: SHA-256, a nonce, and the certificate asked for. */
export function timestampQuery(bytes: Buffer, nonce: Buffer): Buffer {
  const version = integer(Buffer.of(1))
  return element(TAG.sequence, version, imprintOf(bytes), integer(nonce), element(TAG.boolean, Buffer.of(0xff)))
}

/**
 * Reads a TimeStampResp of RFC 3161 section 2.4.2 and checks that it was granted and answers this query about these bytes.
 * Whether the authority signed it is for whoever knows its certificate. Throws an AuditError `ANCHOR_FAILED`.
 */
export function readTimestamp(reply: Buffer, asked: { readonly bytes: Buffer; readonly nonce: Buffer }): Timestamp {
  try {
    const [response, ...behind] = elementsIn(reply)
    const [status, token] = membersOf(response, TAG.sequence)
    const code = numberOf(membersOf(status, TAG.sequence)[0])
    if (code !== 0 && code !== 1) throw new RangeError(`expected granted, got ${STATUS[code] ?? `status ${code}`}`)
    if (behind.length > 0) throw new RangeError('expected nothing behind the reply')
    return infoIn(token, asked)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new AuditError('ANCHOR_FAILED', `expected a timestamp of this checkpoint: ${message}`, { cause: error })
  }
}

/** ContentInfo, SignedData, EncapsulatedContentInfo, and in it the TSTInfo. */
function infoIn(token: Element | undefined, asked: { readonly bytes: Buffer; readonly nonce: Buffer }): Timestamp {
  const [kind, data] = membersOf(token, TAG.sequence)
  if (hexOf(kind, TAG.oid) !== SIGNED_DATA) throw new RangeError('expected signed data')
  const [signed] = membersOf(data, TAG.explicit0)
  const content = membersOf(signed, TAG.sequence)[2]
  const [type, octets] = membersOf(content, TAG.sequence)
  if (hexOf(type, TAG.oid) !== TST_INFO) throw new RangeError('expected TSTInfo in the signed data')
  const [encoded] = membersOf(octets, TAG.explicit0)
  if (encoded?.tag !== TAG.octets) throw new RangeError('expected TSTInfo in octets')
  const [version, , imprint, serial, genTime, ...rest] = membersOf(elementsIn(encoded.content)[0], TAG.sequence)
  if (numberOf(version) !== 1) throw new RangeError('expected TSTInfo of version 1')
  // The NULL behind the algorithm may be missing: RFC 5754 section 2.
  const [algorithm, digest] = membersOf(imprint, TAG.sequence)
  const [name] = membersOf(algorithm, TAG.sequence)
  const isOurs = hexOf(name, TAG.oid) === SHA256.subarray(2).toString('hex')
  if (!isOurs || hexOf(digest, TAG.octets) !== hash('sha256', asked.bytes)) {
    throw new RangeError('expected the digest of this checkpoint, got that of something else')
  }
  // Of what may follow, only the nonce is an INTEGER: accuracy, ordering and tsa have other tags.
  const nonce = rest.find(({ tag }) => tag === TAG.integer)
  if (nonce === undefined || !element(TAG.integer, nonce.content).equals(integer(asked.nonce))) {
    throw new RangeError('expected the nonce of this query: it is the answer to another one')
  }
  return { time: timeOf(genTime), serial: hexOf(serial, TAG.integer) }
}

function imprintOf(bytes: Buffer): Buffer {
  const algorithm = element(TAG.sequence, SHA256, element(TAG.null))
  return element(TAG.sequence, algorithm, element(TAG.octets, hash('sha256', bytes, 'buffer')))
}

function oid(hex: string): Buffer {
  return element(TAG.oid, Buffer.from(hex, 'hex'))
}

function hexOf(element: Element | undefined, tag: number): string {
  if (element?.tag !== tag) throw new RangeError(`expected an element 0x${tag.toString(16)}`)
  return element.content.toString('hex')
}

function numberOf(element: Element | undefined): number {
  return Number.parseInt(hexOf(element, TAG.integer), 16)
}

/** GeneralizedTime in UTC, with a fraction or none: RFC 3161 section 2.4.2. */
function timeOf(element: Element | undefined): string {
  const text = element?.tag === TAG.time ? element.content.toString('latin1') : ''
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?Z$/.exec(text) ?? []
  const [year, month, day, hour, minute, second, fraction = '0'] = parts
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  if (parts.length === 0 || Number.isNaN(date.getTime())) throw new RangeError('expected a time in UTC')
  return date.toISOString()
}
