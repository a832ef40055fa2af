import { hash } from 'node:crypto'
import type { AuditEntry } from '../types.js'

/** One entry by its place, so that a reader finds it again. */
export interface EntryPlace {
  readonly seq: number
  readonly hash: string
  /** Line of the log, from 1. */
  readonly line: number
  readonly timestamp: string
  readonly who: string
  readonly what: string
  readonly where: string | null
  readonly why: string | null
}

/** How many entries of each population are shown. */
export const SAMPLE_SIZE = 10

/** How a reader draws the same sample. */
export const SAMPLE_METHOD: string =
  'For each entry of the population take SHA-256 of the head’s hash, one LF, and the entry’s hash (both as written, with sha256:); ' +
  `the ${SAMPLE_SIZE} entries with the smallest digests are the sample.`

/** The place of an entry in the order that its log's head deals out: nobody can choose it without changing the head. */
export function rankOf(head: string, entryHash: string): string {
  return hash('sha256', `${head}\n${entryHash}`)
}

/** Keeps the entries with the smallest ranks, whatever their number. */
export class Sample {
  readonly #kept: { readonly rank: string; readonly place: EntryPlace }[] = []

  add(rank: string, entry: AuditEntry, line: number): void {
    const kept = this.#kept
    if (kept.length === SAMPLE_SIZE) {
      const worst = kept[SAMPLE_SIZE - 1]
      if (worst !== undefined && rank >= worst.rank) return
      kept.pop()
    }
    const at = kept.findIndex((other) => other.rank > rank)
    kept.splice(at === -1 ? kept.length : at, 0, { rank, place: placeOf(entry, line) })
  }

  /** In the order of the log. */
  places(): readonly EntryPlace[] {
    return this.#kept.map(({ place }) => place).sort((a, b) => a.seq - b.seq)
  }
}

export function placeOf(entry: AuditEntry, line: number): EntryPlace {
  const { seq, hash: own, timestamp, who, what, where, why } = entry
  return { seq, hash: own, line, timestamp, who, what, where, why }
}
