import { MAX_LINE } from '../format/canonical.js'
import { readLink } from '../format/read-link.js'
import type { Source } from '../chain/source.js'
import type { AuditEntry, JsonObject, JsonValue } from '../types.js'

/** `what` of the first entry of every segment but the first. */
export const OPENED = 'segment.opened'

/** A closed segment, as the first entry of the next one names it. */
export interface ClosedFacts {
  readonly number: number
  readonly entries: number
  readonly firstSeq: number
  readonly bytes: number
  /** Root of the tree over all entries up to the segment's last, in base64. */
  readonly root: string
  /** SHA-256 of the segment's plain bytes, in hex. */
  readonly sha256: string
}

/** What the first line of a segment says of it. */
export interface Opening {
  readonly seq: number
  readonly timestamp: string
  /** `hash` of the first entry, in hex. */
  readonly hash: string
  readonly previousHash: string
  /** Undefined in the log's first segment. */
  readonly previous: ClosedFacts | undefined
}

/** Reads the first line of a segment and verifies nothing; undefined where it has none, or none that is an entry. */
export function readOpening(source: Source): Opening | undefined {
  const buffer = Buffer.allocUnsafe(MAX_LINE + 1)
  let filled = 0
  let lf = -1
  while (lf < 0 && filled < buffer.length) {
    const got = source.read(buffer, { at: filled, length: Math.min(4096, buffer.length - filled), position: filled })
    if (got === 0) return undefined
    lf = buffer.subarray(0, filled + got).indexOf(0x0a, filled)
    filled += got
  }
  const link = lf < 0 ? undefined : readLink(buffer, 0, lf)
  return link === undefined ? undefined : openingOf(buffer.toString('utf8', 0, lf))
}

/** Reads a first line. */
export function openingOf(line: string): Opening | undefined {
  try {
    const { seq, timestamp, hash, previousHash, who, what, metadata } = JSON.parse(line) as AuditEntry // used as what it is checked to be
    const isOpening = who === 'audit' && what === OPENED
    const previous = isOpening ? factsOf(metadata?.previous) : undefined
    return { seq, timestamp, hash: hash.slice('sha256:'.length), previousHash, previous }
  } catch {
    return undefined
  }
}

/** Metadata of a `segment.opened`. */
export function openingMetadata(previous: ClosedFacts): JsonObject {
  return { previous: { ...previous } }
}

function factsOf(value: JsonValue | undefined): ClosedFacts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { number, entries, firstSeq, bytes, root, sha256 } = value as JsonObject // not an array, just checked
  if (!isCount(number) || !isCount(entries) || !isCount(firstSeq) || !isCount(bytes)) return undefined
  if (typeof root !== 'string' || typeof sha256 !== 'string') return undefined
  return { number, entries, firstSeq, bytes, root, sha256 }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
