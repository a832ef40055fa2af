import { hash } from 'node:crypto'
import type { ChainLink, LineDefect } from './scan-line.js'
import { scanWord } from './scan-value.js'

const OPEN: Buffer = Buffer.from('{"hash":"sha256:')
const TIMESTAMP: Buffer = Buffer.from(',"timestamp":"')
const SEQ: Buffer = Buffer.from('","seq":')
const HASH_AT = OPEN.length
const HASH_END = HASH_AT + 64
const GENESIS_LENGTH = 7
const DIGEST_LENGTH = 64

/**
 * Reads what the chain needs of the line in `buffer[start, end)`, whose next byte is LF, and does not ask whether the line
 * is canonical. Undefined where its numbers are not at the places that every entry has them at.
 */
export function readLink(buffer: Buffer, start: number, end: number): ChainLink | undefined {
  if (scanWord(buffer, start, OPEN) < 0 || scanWord(buffer, start + HASH_END, COMMA) < 0) return undefined
  // Quotes inside texts are escaped, so these bytes are a member's name wherever they stand; metadata comes before.
  const timestampAt = buffer.lastIndexOf(TIMESTAMP, end)
  let seq = 0
  let at = timestampAt
  for (let scale = 1; ; scale *= 10) {
    const digit = (buffer[at - 1] ?? 0) - 0x30
    if (digit < 0 || digit > 9 || scale > 1e14) break
    seq += digit * scale
    at--
  }
  const previousEnd = at - SEQ.length
  if (at === timestampAt || previousEnd <= start + HASH_END || scanWord(buffer, previousEnd, SEQ) < 0) return undefined
  const isFirst = buffer[previousEnd - GENESIS_LENGTH] === 0x47
  const previousAt = previousEnd - (isFirst ? GENESIS_LENGTH : DIGEST_LENGTH)
  return {
    seq,
    hash: buffer.toString('latin1', start + HASH_AT, start + HASH_END),
    previous: buffer.toString('latin1', previousAt, previousEnd),
  }
}

/** {@link readLink}, and that the hash is that of the line's bytes; overwrites two bytes of the line, like `checkLine`. */
export function checkLink(buffer: Buffer, start: number, end: number): ChainLink | LineDefect {
  const link = readLink(buffer, start, end)
  if (link === undefined) return { code: 'NOT_CANONICAL', error: 'it is no entry' }
  buffer[start + HASH_END] = 0x00
  buffer[start + HASH_END + 1] = 0x7b
  if (hash('sha256', buffer.subarray(start + HASH_END, end)) === link.hash) return link
  return { code: 'HASH_MISMATCH', error: 'its hash is not the hash of its content' }
}

const COMMA: Buffer = Buffer.from('",')
