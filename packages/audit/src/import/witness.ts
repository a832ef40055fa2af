import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ImportedFile } from './types.js'

const MAX_BYTES = 4 * 1024 * 1024

/**
 * `witness.jsonl` of an old agent log: how many entries there were at some moments, and the hash of the last. A log that is
 * shorter than it was, or has another hash there, was changed by someone who made the hashes anew.
 */
export class Witness {
  readonly #tips = new Map<number, Set<string>>()
  #agree = 0
  #contradict = 0
  #last = 0

  /** Reads what stands beside a log; undefined where there is nothing that can be read. */
  static beside(log: string): Witness | undefined {
    const text = textOf(join(dirname(log), 'witness.jsonl'))
    if (text === undefined) return undefined
    const witness = new Witness()
    for (const line of text.split('\n')) witness.#take(line)
    return witness
  }

  /** Takes the hash of an entry of the log by its place, from 1. */
  see(entry: number, hash: string | null): void {
    this.#last = Math.max(this.#last, entry)
    for (const tip of this.#tips.get(entry) ?? []) {
      if (tip === hash) this.#agree += 1
      else this.#contradict += 1
    }
  }

  result(): ImportedFile['witness'] {
    const beyond = [...this.#tips.keys()].filter((entries) => entries > this.#last).length
    return { agree: this.#agree, contradict: this.#contradict, beyond }
  }

  #take(line: string): void {
    try {
      const { agentEntries, agentTipHash } = JSON.parse(line) as { agentEntries?: unknown; agentTipHash?: unknown } // checked
      if (typeof agentEntries !== 'number' || agentEntries < 1 || typeof agentTipHash !== 'string') return
      this.#tips.set(agentEntries, (this.#tips.get(agentEntries) ?? new Set()).add(agentTipHash))
    } catch {
      // A line that cannot be read witnesses nothing.
    }
  }
}

function textOf(file: string): string | undefined {
  const flags = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW | constants.O_NONBLOCK
  let fd: number
  try {
    fd = openSync(file, constants.O_RDONLY | flags)
  } catch {
    return undefined
  }
  try {
    const stat = fstatSync(fd)
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(fd, 'utf8') : undefined
  } finally {
    closeSync(fd)
  }
}
