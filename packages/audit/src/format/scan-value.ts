import { MAX_DEPTH } from './canonical.js'

// Recognises canonical JSON directly in bytes, without building anything. Every function takes the index to start at
// and returns the index after what it recognised, or -1. The byte after a line is always LF, which no rule accepts:
// it is the sentinel that keeps every loop inside the line.

/** 1 for the ASCII bytes that stand for themselves inside a string. */
const PLAIN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
)
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?$/

/** Any JSON value in canonical form; `depth` counts the containers around it. */
export function scanValue(buffer: Buffer, at: number, depth: number): number {
  switch (buffer[at]) {
    case 0x22:
      return scanString(buffer, at + 1)
    case 0x7b:
      return depth < MAX_DEPTH ? scanObject(buffer, at + 1, depth + 1) : -1
    case 0x5b:
      return depth < MAX_DEPTH ? scanArray(buffer, at + 1, depth + 1) : -1
    case 0x74:
      return scanWord(buffer, at, TRUE)
    case 0x66:
      return scanWord(buffer, at, FALSE)
    case 0x6e:
      return scanWord(buffer, at, NULL)
    default:
      return scanNumber(buffer, at)
  }
}

/** A string in its only canonical spelling; `at` is behind the opening quote. */
export function scanString(buffer: Buffer, at: number): number {
  let index = at
  for (;;) {
    const byte = buffer[index] ?? 0
    if (PLAIN[byte] === 1) {
      index++
      continue
    }
    if (byte === 0x22) return index + 1
    index = byte === 0x5c ? scanEscape(buffer, index + 1) : scanMultibyte(buffer, index, byte)
    if (index < 0) return -1
  }
}

/** A fixed run of bytes. */
export function scanWord(buffer: Buffer, at: number, word: Buffer): number {
  for (let index = 0; index < word.length; index++) if (buffer[at + index] !== word[index]) return -1
  return at + word.length
}

const TRUE: Buffer = Buffer.from('true')
const FALSE: Buffer = Buffer.from('false')
const NULL: Buffer = Buffer.from('null')

/** RFC 8785 section 3.2.2.2: two-character escapes where they exist, `\u00xx` in lower case for other controls, nothing else. */
function scanEscape(buffer: Buffer, at: number): number {
  switch (buffer[at]) {
    case 0x22: // "
    case 0x5c: // \
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 1
    case 0x75:
      return isBareControl(buffer.toString('latin1', at + 1, at + 5)) ? at + 5 : -1
    default:
      return -1
  }
}

function isBareControl(hex: string): boolean {
  return /^00(?:0[0-7bef]|1[0-9a-f])$/.test(hex)
}

/** Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF. */
function scanMultibyte(buffer: Buffer, at: number, lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return -1
  const second = buffer[at + 1] ?? 0
  if (lead < 0xe0) return isTail(second) ? at + 2 : -1
  if (lead < 0xf0) {
    const low = lead === 0xe0 ? 0xa0 : 0x80
    const high = lead === 0xed ? 0x9f : 0xbf
    return second >= low && second <= high && isTail(buffer[at + 2]) ? at + 3 : -1
  }
  const low = lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xf4 ? 0x8f : 0xbf
  return second >= low && second <= high && isTail(buffer[at + 2]) && isTail(buffer[at + 3]) ? at + 4 : -1
}

function isTail(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf
}

function scanNumber(buffer: Buffer, at: number): number {
  let index = buffer[at] === 0x2d ? at + 1 : at
  const first = index
  while (isDigit(buffer[index])) index++
  const digits = index - first
  // An integer of up to 15 digits is always its own shortest form; only -0 and leading zeros are not.
  if (digits > 0 && digits < 16 && !isNumberPart(buffer[index])) {
    return buffer[first] !== 0x30 || (digits === 1 && first === at) ? index : -1
  }
  while (isDigit(buffer[index]) || isNumberPart(buffer[index])) index++
  const text = buffer.toString('latin1', at, index)
  return NUMBER.test(text) && String(Number(text)) === text ? index : -1
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

function isNumberPart(byte: number | undefined): boolean {
  return byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b || byte === 0x2d
}

function scanArray(buffer: Buffer, at: number, depth: number): number {
  if (buffer[at] === 0x5d) return at + 1
  let index = at
  for (;;) {
    index = scanValue(buffer, index, depth)
    if (index < 0) return -1
    const byte = buffer[index++]
    if (byte === 0x5d) return index
    if (byte !== 0x2c) return -1
  }
}

function scanObject(buffer: Buffer, at: number, depth: number): number {
  if (buffer[at] === 0x7d) return at + 1
  let index = at
  let lastStart = -1
  let lastEnd = -1
  for (;;) {
    if (buffer[index] !== 0x22) return -1
    const start = index + 1
    const end = scanString(buffer, start)
    // Strictly ascending keys: neither disorder nor a key that stands twice.
    if (end < 0 || (lastStart >= 0 && !isBefore(buffer, lastStart, lastEnd, start))) return -1
    if (buffer[end] !== 0x3a) return -1
    index = scanValue(buffer, end + 1, depth)
    if (index < 0) return -1
    lastStart = start
    lastEnd = end
    const byte = buffer[index++]
    if (byte === 0x7d) return index
    if (byte !== 0x2c) return -1
  }
}

/** Compares two scanned keys by UTF-16 code units; bytes decide while they are plain ASCII. */
function isBefore(buffer: Buffer, left: number, leftEnd: number, right: number): boolean {
  for (let index = 0; ; index++) {
    const a = buffer[left + index] ?? 0
    const b = buffer[right + index] ?? 0
    if (a === 0x5c || b === 0x5c || a >= 0x80 || b >= 0x80) break
    if (a === 0x22 && left + index === leftEnd - 1) return b !== 0x22
    if (b === 0x22) return false
    if (a !== b) return a < b
  }
  return decode(buffer, left) < decode(buffer, right)
}

function decode(buffer: Buffer, start: number): string {
  const end = scanString(buffer, start)
  return JSON.parse(buffer.toString('utf8', start - 1, end)) as string // scanned: a JSON string
}
