import { constants, crc32, gunzipSync } from 'node:zlib'

// A closed segment is compressed as one gzip member for every 256 entries (RFC 1952 section 2.2: a gzip file is a run of
// members, and gunzip writes out all of them). The header's extra field says how long the member is, as BGZF does, so that
// a reader reaches any member without inflating those before it.

/** Entries in a member: one member is one perfect subtree of level 8. */
export const MEMBER_ENTRIES = 256
/** Bytes of a member's header. */
export const HEADER_SIZE = 20
const TRAILER_SIZE = 8
/** Longest text of a member: as many lines as it holds, each at its limit. */
const MAX_TEXT = MEMBER_ENTRIES * 65_536
/** Deflate can make incompressible data a little longer. */
const MAX_MEMBER = MAX_TEXT + 65_536

/** Where a member is in its file, and how long its text is. */
export interface MemberPlace {
  readonly offset: number
  readonly length: number
  readonly textLength: number
}

/** Magic, deflate, extra field, no time, no level, unknown system; 8 bytes of extra field, of which `Lk` with 4 bytes. */
const FIXED: Buffer = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 8, 0, 0x4c, 0x6b, 4, 0])

/** Puts header and trailer around the deflated text. */
export function memberOf(text: Buffer, deflated: Buffer): Buffer {
  const member = Buffer.alloc(HEADER_SIZE + deflated.length + TRAILER_SIZE)
  FIXED.copy(member)
  member.writeUInt32LE(member.length, FIXED.length)
  deflated.copy(member, HEADER_SIZE)
  member.writeUInt32LE(crc32(text), member.length - TRAILER_SIZE)
  member.writeUInt32LE(text.length, member.length - 4)
  return member
}

/** Length of the member with this header; undefined where it is not one of ours. */
export function memberLength(header: Buffer): number | undefined {
  if (!header.subarray(0, FIXED.length).equals(FIXED)) return undefined
  const length = header.readUInt32LE(FIXED.length)
  return length > HEADER_SIZE + TRAILER_SIZE && length <= MAX_MEMBER ? length : undefined
}

/** The text of a member; undefined where checksum or length do not fit. */
export function textOfMember(member: Buffer, textLength: number): Buffer | undefined {
  if (textLength === 0 || textLength > MAX_TEXT) return undefined
  try {
    const text = gunzipSync(member, { maxOutputLength: textLength, chunkSize: Math.max(64, textLength) })
    return text.length === textLength ? text : undefined
  } catch {
    return undefined
  }
}

/** As much text as the first bytes of a member give, unchecked; none where they give none. */
export function beginningOfMember(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_TEXT })
  } catch {
    return Buffer.alloc(0)
  }
}
