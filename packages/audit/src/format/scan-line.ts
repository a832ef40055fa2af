import { hash } from 'node:crypto'
import type { ChainDefect } from '../types.js'
import { MAX_LINE } from './canonical.js'
import { GENESIS } from './draft.js'
import { scanString, scanValue, scanWord } from './scan-value.js'

/** What the chain needs to know of a line that is sound in itself. */
export interface ChainLink {
  readonly seq: number
  /** 64 hex digits. */
  readonly hash: string
  /** 64 hex digits, or `GENESIS`. */
  readonly previous: string
}

/** Why a line is not sound in itself. */
export interface LineDefect {
  readonly code: ChainDefect
  readonly error: string
}

const OPEN: Buffer = Buffer.from('{"hash":"sha256:')
const METADATA: Buffer = Buffer.from('","metadata":')
const PREVIOUS: Buffer = Buffer.from(',"previousHash":"')
const SEQ: Buffer = Buffer.from('","seq":')
const TIMESTAMP: Buffer = Buffer.from(',"timestamp":"')
const WHAT: Buffer = Buffer.from('","what":"')
const WHERE: Buffer = Buffer.from(',"where":')
const WHO: Buffer = Buffer.from(',"who":"')
const WHY: Buffer = Buffer.from(',"why":')
const SHA256: Buffer = Buffer.from('sha256:')
const ORIGIN: Buffer = Buffer.from(GENESIS)
const NULL: Buffer = Buffer.from('null')
const HASH_AT = OPEN.length
const HASH_END = HASH_AT + 64

/**
 * Checks the line in `buffer[start, end)`, whose next byte is LF, and its hash.
 * Overwrites two bytes of it: the hashed bytes are 0x00, `{` and everything behind the `hash` member, and writing the
 * first two over the member's last quote and comma lets a subarray be hashed without a copy.
 */
export function checkLine(buffer: Buffer, start: number, end: number): ChainLink | LineDefect {
  const link = scanLine(buffer, start, end)
  if (link === undefined) return notCanonical(end - start)
  buffer[start + HASH_END] = 0x00
  buffer[start + HASH_END + 1] = 0x7b
  const digest = hash('sha256', buffer.subarray(start + HASH_END, end))
  if (digest === link.hash) return link
  return { code: 'HASH_MISMATCH', error: 'its hash is not the hash of its content' }
}

/** Tells whether a line is its own canonical form with exactly the nine fields, and reads what the chain needs. */
export function scanLine(buffer: Buffer, start: number, end: number): ChainLink | undefined {
  if (end - start > MAX_LINE) return undefined
  let at = scanWord(buffer, start, OPEN)
  if (at < 0 || !isHex(buffer, at)) return undefined
  at = scanWord(buffer, at + 64, METADATA)
  if (at < 0) return undefined
  at = buffer[at] === 0x7b ? scanValue(buffer, at, 0) : scanWord(buffer, at, NULL)
  if (at < 0) return undefined
  const previousAt = scanWord(buffer, at, PREVIOUS)
  if (previousAt < 0) return undefined
  at = scanPrevious(buffer, previousAt)
  if (at < 0) return undefined
  const previousEnd = at
  const seqAt = scanWord(buffer, at, SEQ)
  if (seqAt < 0) return undefined
  at = scanSeq(buffer, seqAt)
  if (at < 0) return undefined
  const seqEnd = at
  at = scanTexts(buffer, at)
  if (at !== end - 1 || buffer[at] !== 0x7d) return undefined
  return {
    seq: readSeq(buffer, seqAt, seqEnd),
    hash: buffer.toString('latin1', start + HASH_AT, start + HASH_END),
    previous: buffer.toString('latin1', previousEnd - previousAt === 7 ? previousAt : previousEnd - 64, previousEnd),
  }
}

/** `timestamp` to `why`: the fields behind `seq`. */
function scanTexts(buffer: Buffer, start: number): number {
  let at = scanWord(buffer, start, TIMESTAMP)
  if (at < 0 || !isTimestamp(buffer, at)) return -1
  at = scanWord(buffer, at + 24, WHAT)
  if (at < 0 || buffer[at] === 0x22) return -1
  at = scanString(buffer, at)
  if (at < 0) return -1
  at = scanWord(buffer, at, WHERE)
  if (at < 0) return -1
  at = scanOptional(buffer, at)
  if (at < 0) return -1
  at = scanWord(buffer, at, WHO)
  if (at < 0 || buffer[at] === 0x22) return -1
  at = scanString(buffer, at)
  if (at < 0) return -1
  at = scanWord(buffer, at, WHY)
  return at < 0 ? -1 : scanOptional(buffer, at)
}

function scanOptional(buffer: Buffer, at: number): number {
  return buffer[at] === 0x22 ? scanString(buffer, at + 1) : scanWord(buffer, at, NULL)
}

function scanPrevious(buffer: Buffer, at: number): number {
  if (buffer[at] === 0x47) return scanWord(buffer, at, ORIGIN)
  const hex = scanWord(buffer, at, SHA256)
  return hex >= 0 && isHex(buffer, hex) ? hex + 64 : -1
}

/** Up to 15 digits: every such number is exact. */
function scanSeq(buffer: Buffer, at: number): number {
  let index = at
  while (isDigit(buffer[index])) index++
  const digits = index - at
  return digits > 0 && digits < 16 && (digits === 1 || buffer[at] !== 0x30) ? index : -1
}

function readSeq(buffer: Buffer, at: number, end: number): number {
  let seq = 0
  for (let index = at; index < end; index++) seq = seq * 10 + (buffer[index] ?? 0) - 0x30
  return seq
}

function isHex(buffer: Buffer, at: number): boolean {
  for (let index = at; index < at + 64; index++) {
    const byte = buffer[index] ?? 0
    if (byte < 0x30 || byte > 0x66 || (byte > 0x39 && byte < 0x61)) return false
  }
  return true
}

/** `2026-01-31T12:00:00.000Z` with every part in range; the length of months is not checked. */
function isTimestamp(buffer: Buffer, at: number): boolean {
  return (
    isDigit(buffer[at]) &&
    isDigit(buffer[at + 1]) &&
    isDigit(buffer[at + 2]) &&
    isDigit(buffer[at + 3]) &&
    buffer[at + 4] === 0x2d &&
    isPair(buffer, at + 5, 1, 12) &&
    buffer[at + 7] === 0x2d &&
    isPair(buffer, at + 8, 1, 31) &&
    buffer[at + 10] === 0x54 &&
    isPair(buffer, at + 11, 0, 23) &&
    buffer[at + 13] === 0x3a &&
    isPair(buffer, at + 14, 0, 59) &&
    buffer[at + 16] === 0x3a &&
    isPair(buffer, at + 17, 0, 59) &&
    buffer[at + 19] === 0x2e &&
    isDigit(buffer[at + 20]) &&
    isDigit(buffer[at + 21]) &&
    isDigit(buffer[at + 22]) &&
    buffer[at + 23] === 0x5a
  )
}

function isPair(buffer: Buffer, at: number, low: number, high: number): boolean {
  if (!isDigit(buffer[at]) || !isDigit(buffer[at + 1])) return false
  const value = readSeq(buffer, at, at + 2)
  return value >= low && value <= high
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function notCanonical(length: number): LineDefect {
  if (length > MAX_LINE) return { code: 'NOT_CANONICAL', error: `it is longer than ${MAX_LINE} bytes` }
  return { code: 'NOT_CANONICAL', error: 'it is not the canonical JSON of exactly the nine fields of an entry' }
}
