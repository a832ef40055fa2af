import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

/** Longest line that is looked at; a longer one is only measured and hashed. */
const MAX_OLD_LINE = 1024 * 1024

/** One line of a file, without its LF. */
export interface RawLine {
  /** From 1. */
  readonly number: number
  readonly bytes: number
  /** Hex, of its bytes. */
  readonly sha256: string
  /** Undefined where it is too long, or no UTF-8. */
  readonly text: string | undefined
  readonly flaw: 'too-long' | 'not-utf8' | undefined
  /** Whether it ends in LF: the last one may not. */
  readonly ended: boolean
}

const CHUNK = 256 * 1024
const LF = 0x0a

/** Reads a file line by line in bounded memory, as far as it reached when that began, and hashes all of it. */
export class OldFile {
  readonly size: number
  readonly #handle: FileHandle
  readonly #whole = createHash('sha256')
  /** Bytes that were read so far. */
  read = 0

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle
    this.size = size
  }

  /** Hex, of what was read; call it once, at the end. */
  sha256(): string {
    return this.#whole.digest('hex')
  }

  async *lines(): AsyncGenerator<RawLine, void, undefined> {
    const buffer = Buffer.allocUnsafe(CHUNK)
    let line = new Line(1)
    while (this.read < this.size) {
      const { bytesRead } = await this.#handle.read(buffer, 0, Math.min(CHUNK, this.size - this.read), this.read)
      if (bytesRead === 0) break
      this.read += bytesRead
      const block = buffer.subarray(0, bytesRead)
      this.#whole.update(block)
      for (let start = 0; start < bytesRead;) {
        const lf = block.indexOf(LF, start)
        line.add(block.subarray(start, lf < 0 ? bytesRead : lf))
        if (lf < 0) break
        yield line.end(true)
        line = new Line(line.number + 1)
        start = lf + 1
      }
    }
    if (line.bytes > 0) yield line.end(false)
  }
}

/** A line while it is read. */
class Line {
  readonly number: number
  bytes = 0
  readonly #hash: Hash = createHash('sha256')
  #parts: Buffer[] = []

  constructor(number: number) {
    this.number = number
  }

  add(part: Buffer): void {
    this.bytes += part.length
    this.#hash.update(part)
    if (this.bytes <= MAX_OLD_LINE) this.#parts.push(Buffer.from(part))
    else this.#parts = []
  }

  end(ended: boolean): RawLine {
    const text = this.bytes > MAX_OLD_LINE ? undefined : decoded(Buffer.concat(this.#parts))
    const flaw = this.bytes > MAX_OLD_LINE ? 'too-long' : text === undefined ? 'not-utf8' : undefined
    return { number: this.number, bytes: this.bytes, sha256: this.#hash.digest('hex'), text, flaw, ended }
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
