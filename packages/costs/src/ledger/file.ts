import { mkdirSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { CostError } from '../error.js'
import type { LedgerEntry } from './entry.js'
import { formatEntry, parseEntry } from './entry.js'

const NAME = /^ledger-\d{4}-\d{2}\.jsonl$/
const STEP = 1_048_576
/** A month of a million calls; what is longer is not a ledger. */
const MAX_BYTES = 1_073_741_824

/** What a file of a ledger held when it was last looked at. */
interface Seen {
  offset: number
  /** Bytes behind the last line end: a line that is being written, or was never finished. */
  rest: Buffer
}

/**
 * The files of a ledger, one for each month (UTC), to which any number of processes append whole lines. The order of lines in
 * a file is the order of events: the kernel puts each append behind the ones before.
 */
export class LedgerFiles {
  readonly #dir: string
  readonly #seen = new Map<string, Seen>()
  /** Lines that were none of ours. */
  torn = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Appends and syncs one line to the file of a month. Begins with a line end, so that a torn line before it stays apart. */
  async append(month: string, entry: LedgerEntry): Promise<void> {
    const line = formatEntry(entry)
    if (line === undefined)
      throw new CostError('INVALID_INPUT', 'expected names short enough for one line of 16384 bytes')
    const bytes = Buffer.from(`\n${line}\n`)
    const file = join(this.#dir, `ledger-${month}.jsonl`)
    try {
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
      const handle = await open(file, 'a', 0o600)
      try {
        const { bytesWritten } = await handle.write(bytes)
        if (bytesWritten !== bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes were written`)
        await handle.datasync()
      } finally {
        await handle.close()
      }
    } catch (cause) {
      throw new CostError('LEDGER_FAILED', `expected to write ${file}; mend the disk, then try again`, { cause })
    }
  }

  /** Hands every line that is new since the last call to `take`, file after file in the order of months. */
  async refresh(take: (entry: LedgerEntry) => void): Promise<void> {
    for (const name of this.#names()) {
      const seen = this.#seen.get(name) ?? { offset: 0, rest: Buffer.alloc(0) }
      this.#seen.set(name, seen)
      await this.#read(join(this.#dir, name), seen, take)
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir)
        .filter((name) => NAME.test(name))
        .sort()
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return []
      throw new CostError('LEDGER_FAILED', `expected to read the ledger in ${this.#dir}`, { cause })
    }
  }

  async #read(file: string, seen: Seen, take: (entry: LedgerEntry) => void): Promise<void> {
    try {
      const handle = await open(file, 'r')
      try {
        const { size } = await handle.stat()
        if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes`)
        if (size < seen.offset) throw new Error('it became shorter: it was cut or replaced')
        while (seen.offset < size) {
          const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(STEP), 0, STEP, seen.offset)
          if (bytesRead === 0) break
          seen.offset += bytesRead
          this.#lines(buffer.subarray(0, bytesRead), seen, take)
        }
      } finally {
        await handle.close()
      }
    } catch (cause) {
      throw new CostError('LEDGER_FAILED', `expected to read ${file}`, { cause })
    }
  }

  #lines(bytes: Buffer, seen: Seen, take: (entry: LedgerEntry) => void): void {
    const all = seen.rest.length === 0 ? bytes : Buffer.concat([seen.rest, bytes])
    let start = 0
    for (let end = all.indexOf(10, start); end >= 0; end = all.indexOf(10, start)) {
      if (end > start) {
        const entry = parseEntry(all.toString('utf8', start, end))
        if (entry === undefined) this.torn += 1
        else take(entry)
      }
      start = end + 1
    }
    seen.rest = Buffer.from(all.subarray(start))
  }
}
