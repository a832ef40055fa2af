import type { AuditEntry } from '../types.js'
import { EVIDENCE, type EvidenceName } from './evidence.js'
import { ExceptionFinder, type ExceptionName } from './exceptions.js'
import type { Period } from './period.js'
import { matches, type Query } from './query.js'
import { placeOf, rankOf, Sample, type EntryPlace } from './sample.js'

/** What one pass over the log found. */
export interface Collected {
  readonly populations: ReadonlyMap<EvidenceName, { readonly count: number; readonly sample: readonly EntryPlace[] }>
  readonly exceptions: ReadonlyMap<ExceptionName, { readonly count: number; readonly examples: readonly EntryPlace[] }>
  /** Times of the first and last entry of the log that were read, and how many there were. */
  readonly read: { readonly entries: number; readonly first: string | null; readonly last: string | null }
  readonly inPeriod: number
  /** Line of the last entry of the period; 0 without one. */
  readonly lastLine: number
  /** The longest time within the period without an entry; null with fewer than two entries. */
  readonly silence: { readonly from: string; readonly to: string } | null
  /** How much of what went before had to be let go to keep memory bounded. */
  readonly forgotten: number
}

export interface CollectOptions {
  readonly period: Period
  readonly wanted: ReadonlySet<EvidenceName>
  /** The verified head: nothing behind it is read, and it decides the sample. */
  readonly head: { readonly entries: number; readonly hash: string }
}

/** How many exceptions of one kind are shown. */
const MOST_EXAMPLES = 20

/** Reads the log once, for every control at the same time, in bounded memory. */
export async function collect(entries: AsyncIterable<AuditEntry>, options: CollectOptions): Promise<Collected> {
  const { period, wanted, head } = options
  const tallies = [...wanted].map((name) => ({ name, query: EVIDENCE[name], count: 0, sample: new Sample() }))
  const byWhat = new Map<string, typeof tallies>()
  const exceptions = new Map<ExceptionName, { count: number; readonly examples: EntryPlace[] }>()
  const finder = new ExceptionFinder((name, entry, line) => {
    const found = exceptions.get(name) ?? { count: 0, examples: [] }
    found.count += 1
    if (found.examples.length < MOST_EXAMPLES) found.examples.push(placeOf(entry, line))
    exceptions.set(name, found)
  })
  const silence = new Silence()
  let first: string | null = null
  let last: string | null = null
  let inPeriod = 0
  let lastLine = 0
  let seen = 0
  if (head.entries > 0) {
    for await (const entry of entries) {
      const line = entry.seq + 1 // of the whole log, whatever was pruned in front or stands in closed segments
      seen += 1
      const { timestamp, what } = entry
      if (first === null || timestamp < first) first = timestamp
      if (last === null || timestamp > last) last = timestamp
      const within = timestamp >= period.from && timestamp < period.to
      finder.see({ entry, line, inPeriod: within })
      if (within) {
        inPeriod += 1
        lastLine = line
        silence.see(timestamp)
        let rank: string | undefined
        for (const tally of concerned(byWhat, tallies, what)) {
          if (!matches(tally.query, entry)) continue
          tally.count += 1
          rank ??= rankOf(head.hash, entry.hash)
          tally.sample.add(rank, entry, line)
        }
      }
      if (seen === head.entries) break
    }
  }
  finder.end()
  return {
    populations: new Map(tallies.map(({ name, count, sample }) => [name, { count, sample: sample.places() }])),
    exceptions,
    read: { entries: seen, first, last },
    inPeriod,
    lastLine,
    silence: silence.longest,
    forgotten: finder.forgotten,
  }
}

/** The populations that a kind of entry can belong to; worked out once for each of the first thousand kinds. */
function concerned<T extends { readonly query: Query }>(known: Map<string, T[]>, all: T[], what: string): readonly T[] {
  const before = known.get(what)
  if (before !== undefined) return before
  const found = all.filter(({ query }) => query.what === 'any' || query.what.includes(what))
  if (known.size < 1000) known.set(what, found)
  return found
}

/** The longest time between two entries, by the order of time as far as the log follows it. */
class Silence {
  #latest: string | undefined
  #ms = 0
  longest: { readonly from: string; readonly to: string } | null = null

  see(timestamp: string): void {
    const before = this.#latest
    if (before !== undefined && timestamp <= before) return
    this.#latest = timestamp
    if (before === undefined) return
    const ms = Date.parse(timestamp) - Date.parse(before)
    if (ms <= this.#ms) return
    this.#ms = ms
    this.longest = { from: before, to: timestamp }
  }
}
