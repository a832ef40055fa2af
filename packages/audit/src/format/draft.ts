import { hash } from 'node:crypto'
import { AuditError, asAuditError } from '../error.js'
import type { AuditEntry, AuditInput } from '../types.js'
import { canonical, MAX_LINE } from './canonical.js'

/** `previousHash` of the first entry. */
export const GENESIS = 'GENESIS'

/** A record that is checked and canonical, but has no place in the chain yet. */
export interface Draft {
  readonly timestamp: string
  /** The canonical text around `previousHash` and `seq`, which only the writer knows. */
  readonly before: string
  readonly after: string
  /** Size of the line with the longest possible `previousHash` and `seq`, without LF. */
  readonly bytes: number
}

/** A draft's place in the chain. */
export interface Seal {
  readonly seq: number
  readonly previousHash: string
  readonly hash: string
}

/** The fields of the line that do not depend on the record: hash, previousHash, seq, punctuation. */
const FRAME = `{"hash":"sha256:${'0'.repeat(64)}",`.length + 71 + '","seq":'.length + 15

const TIMESTAMP = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/

/** Checks a record and takes a canonical copy of it; throws an AuditError. */
export function draftOf(input: AuditInput, timestamp: string): Draft {
  if (!TIMESTAMP.test(timestamp)) {
    throw new AuditError('INVALID_INPUT', `expected a time between the years 0 and 9999, got ${timestamp.slice(0, 40)}`)
  }
  try {
    const metadata = input.metadata ?? null
    if (typeof metadata !== 'object' || Array.isArray(metadata)) {
      throw new AuditError('INVALID_INPUT', `expected metadata to be an object or null, got ${kindOf(metadata)}`)
    }
    const before = `"metadata":${canonical(metadata, 'metadata')},"previousHash":"`
    const where = optional(input.where, 'where')
    const who = required(input.who, 'who')
    const after = `,"timestamp":"${timestamp}","what":${required(input.what, 'what')},"where":${where},"who":${who},"why":${optional(input.why, 'why')}}`
    const bytes = FRAME + Buffer.byteLength(before) + Buffer.byteLength(after)
    if (bytes > MAX_LINE) {
      throw new AuditError(
        'TOO_LARGE',
        `expected a record of at most ${MAX_LINE} bytes, got ${bytes}; store large content elsewhere and record its digest`,
      )
    }
    return { timestamp, before, after, bytes }
  } catch (error) {
    // A getter or a proxy of the caller may throw anything.
    throw asAuditError(error, 'INVALID_INPUT', 'expected a record of plain data, but reading it failed')
  }
}

/** Gives a draft its place; the line is canonical because `hash` is the first key and the rest is fixed. */
export function seal(draft: Draft, seq: number, previousHash: string): { seal: Seal; line: string } {
  const body = `${draft.before}${previousHash}","seq":${seq}${draft.after}`
  const digest = `sha256:${hash('sha256', `\0{${body}`)}`
  return { seal: { seq, previousHash, hash: digest }, line: `{"hash":"${digest}",${body}\n` }
}

/** The entry as a reader will see it: a copy that shares nothing with what the caller passed. */
export function entryOf(draft: Draft, place: Seal): AuditEntry {
  const { who, what, where, why, metadata } = JSON.parse(`{${draft.before}"${draft.after}`) as AuditEntry // text of our own canonicaliser
  return {
    seq: place.seq,
    timestamp: draft.timestamp,
    who,
    what,
    where,
    why,
    metadata,
    previousHash: place.previousHash,
    hash: place.hash,
  }
}

/** The record as plain data, for the way to another process. */
export function inputOf(draft: Draft): AuditInput {
  const { who, what, where, why, metadata } = JSON.parse(`{${draft.before}"${draft.after}`) as AuditEntry // as above
  return { who, what, where, why, metadata }
}

/** Turns a caller's clock into the timestamp of a record. */
export function timestampOf(now: () => Date): string {
  const date = now()
  if (Number.isNaN(date.getTime())) throw new AuditError('INVALID_INPUT', 'expected now() to give a valid Date')
  return date.toISOString()
}

function required(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return canonical(value, name)
  throw new AuditError('INVALID_INPUT', `expected ${name} to be a text that is not empty, got ${kindOf(value)}`)
}

function optional(value: unknown, name: string): string {
  if (value === undefined || value === null) return 'null'
  if (typeof value === 'string') return canonical(value, name)
  throw new AuditError('INVALID_INPUT', `expected ${name} to be a text or null, got ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (value === '') return 'an empty text'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}
