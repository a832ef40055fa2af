import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { MAX_LINE } from '../format/canonical.js'
import type { Source } from './source.js'

const CHUNK = 256 * 1024
/** A writer's batch may be half in sight: how often, and how long, to wait for the rest of a line. */
const PATIENCE = { times: 5, ms: 20 }

/** Makes a buffer that any number of Blocks may use one after the other. */
export function blockBuffer(): Buffer {
  return Buffer.allocUnsafeSlow(CHUNK + MAX_LINE + 1)
}

/** Reads a source, which may be growing, as blocks of whole lines, through one reused buffer. */
export class Blocks {
  /** Valid until the next call of `next`. */
  readonly buffer: Buffer
  readonly #source: Source
  /** Where reading ends: the size when it began, so that a busy writer cannot keep a reader for ever. */
  readonly #limit: number
  #kept = 0
  #start = 0
  #offset: number

  /** Begins at a byte offset, which is the start of a line. Closing it closes the source. */
  constructor(source: Source, { offset = 0, buffer = blockBuffer() }: { offset?: number; buffer?: Buffer } = {}) {
    this.buffer = buffer
    this.#source = source
    this.#offset = offset
    try {
      this.#limit = source.size
    } catch (error) {
      source.close()
      throw error
    }
  }

  /** Bytes behind the last LF that were there when reading began; what came later is none of this reader's business. */
  get remainder(): number {
    return this.#offset - this.#kept < this.#limit ? this.#kept : 0
  }

  /** Gives the end of the whole lines now in the buffer; 0 at the end, or before a line that is too long to hold. */
  async next(): Promise<number> {
    await nextTurn()
    this.buffer.copyWithin(0, this.#start, this.#start + this.#kept)
    this.#start = 0
    for (let waited = 0; this.#offset - this.#kept < this.#limit;) {
      const room = this.buffer.length - this.#kept
      if (room === 0) return 0
      const length = Math.min(CHUNK, room)
      const got = this.#source.read(this.buffer, { at: this.#kept, length, position: this.#offset })
      if (got === 0) {
        if (waited++ === PATIENCE.times) return 0
        await sleep(PATIENCE.ms)
        continue
      }
      const filled = this.#kept + got
      this.#offset += got
      const lf = this.buffer.subarray(this.#kept, filled).lastIndexOf(0x0a)
      if (lf >= 0) {
        this.#start = this.#kept + lf + 1
        this.#kept = filled - this.#start
        return this.#start
      }
      this.#kept = filled
    }
    return 0
  }

  close(): void {
    this.#source.close()
  }
}
