import { scanWord } from '../format/scan-value.js'

const METADATA: Buffer = Buffer.from('","metadata":')
/** Where `","metadata":` stands in every line: behind `{"hash":"sha256:` and 64 digits. */
const METADATA_NAME_AT = 80
const PREVIOUS: Buffer = Buffer.from(',"previousHash":"')
const SEQ: Buffer = Buffer.from('","seq":')
const TIMESTAMP: Buffer = Buffer.from(',"timestamp":"')
const WHAT: Buffer = Buffer.from('","what":"')
const WHERE: Buffer = Buffer.from('"where":')
const WHO: Buffer = Buffer.from(',"who":"')
const WHY: Buffer = Buffer.from('"why":')
const NULL: Buffer = Buffer.from('null')
/** Lengths of `GENESIS` and of `sha256:` with 64 digits. */
const PREVIOUS_LENGTHS = { genesis: 7, hash: 71 } as const

/**
 * Where the fields of one canonical line stand, found without building anything; one object serves all lines.
 * Of texts, `…At` is behind the opening quote and `…End` at the closing one. It finds fields, it does not vouch for the
 * line: what is handed out is checked in full.
 */
export class LineFields {
  metadataAt = 0
  metadataEnd = 0
  seqAt = 0
  timestampAt = 0
  whatAt = 0
  whatEnd = 0
  /** Where the field is null there is no quote before, and this is `whereEnd`. */
  whereAt = 0
  whereEnd = 0
  whoAt = 0
  whoEnd = 0
  whyAt = 0
  whyEnd = 0

  /** Finds the fields of `buffer[start, end)`, whose next byte is LF; false where that is no entry. */
  locate(buffer: Buffer, start: number, end: number): boolean {
    // Quotes inside texts are escaped, so these bytes are a member's name wherever they stand; metadata comes before.
    const at = buffer.lastIndexOf(TIMESTAMP, end)
    if (at <= start) return false
    this.timestampAt = at + TIMESTAMP.length
    return this.#front(buffer, start, at) && this.#back(buffer, end)
  }

  /** `metadata` and `seq`, which end at `end`. */
  #front(buffer: Buffer, start: number, end: number): boolean {
    let at = end
    while (at > start && isDigit(buffer[at - 1])) at--
    this.seqAt = at
    at -= SEQ.length
    if (at < start || scanWord(buffer, at, SEQ) < 0) return false
    const isGenesis = buffer[at - PREVIOUS_LENGTHS.genesis] === 0x47
    at -= (isGenesis ? PREVIOUS_LENGTHS.genesis : PREVIOUS_LENGTHS.hash) + PREVIOUS.length
    if (at < start || scanWord(buffer, at, PREVIOUS) < 0) return false
    this.metadataAt = scanWord(buffer, start + METADATA_NAME_AT, METADATA)
    this.metadataEnd = at
    return this.metadataAt > 0 && this.metadataAt < at
  }

  /** Everything behind the timestamp. */
  #back(buffer: Buffer, end: number): boolean {
    this.whatAt = scanWord(buffer, this.timestampAt + 24, WHAT)
    if (this.whatAt < 0) return false
    this.whatEnd = textEnd(buffer, this.whatAt)
    let at = scanWord(buffer, this.whatEnd + 2, WHERE)
    if (at < 0) return false
    this.whereAt = textStart(buffer, at)
    this.whereEnd = optionalEnd(buffer, at)
    at = scanWord(buffer, afterOptional(buffer, at, this.whereEnd), WHO)
    if (at < 0) return false
    this.whoAt = at
    this.whoEnd = textEnd(buffer, at)
    at = scanWord(buffer, this.whoEnd + 2, WHY)
    if (at < 0) return false
    this.whyAt = textStart(buffer, at)
    this.whyEnd = optionalEnd(buffer, at)
    return afterOptional(buffer, at, this.whyEnd) === end - 1 && buffer[end - 1] === 0x7d
  }
}

/** The closing quote of a text whose content begins at `at`; a line without one ends the search at its LF. */
function textEnd(buffer: Buffer, at: number): number {
  for (let index = at; ; index++) {
    const byte = buffer[index]
    if (byte === 0x22 || byte === 0x0a || byte === undefined) return index
    if (byte === 0x5c) index++
  }
}

/** Whether what stands at `hit`, in the object that begins at `start`, is in that object itself and not deeper. */
export function isOwnMember(buffer: Buffer, start: number, hit: number): boolean {
  let depth = 0
  for (let index = start; index < hit; index++) {
    const byte = buffer[index]
    if (byte === 0x22) index = textEnd(buffer, index + 1)
    else if (byte === 0x7b || byte === 0x5b) depth++
    else if (byte === 0x7d || byte === 0x5d) depth--
  }
  return depth === 1
}

function textStart(buffer: Buffer, at: number): number {
  return buffer[at] === 0x22 ? at + 1 : at
}

function optionalEnd(buffer: Buffer, at: number): number {
  return buffer[at] === 0x22 ? textEnd(buffer, at + 1) : at
}

function afterOptional(buffer: Buffer, at: number, end: number): number {
  return buffer[at] === 0x22 ? end + 1 : scanWord(buffer, at, NULL)
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}
