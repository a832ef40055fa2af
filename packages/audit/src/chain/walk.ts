import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import type { Judge } from '../checkpoint/judge.js'
import { checkLink } from '../format/read-link.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'
import type { LineDefect } from '../format/scan-line.js'
import type { ClosedFacts } from '../segments/opening.js'
import { openingOf } from '../segments/opening.js'
import { isTombstoneEntry } from '../segments/tombstone.js'
import type { Tombstone } from '../segments/tombstone.js'
import type { Segment } from '../segments/view.js'
import { Frontier } from '../tree/frontier.js'
import type { AuditEntry, ChainReport } from '../types.js'
import type { EntryPlace } from './report.js'

interface WalkOptions {
  readonly mode: 'strict' | 'fast'
  readonly judge: Judge | undefined
  readonly tombstone: Tombstone | undefined
  /** Whether the tree is needed: for checkpoints, or because a later segment names the root of an earlier one. */
  readonly hasTree: boolean
}

/** Follows a chain line by line, across segments, and says at which line it does not go on. */
export class ChainWalk {
  readonly #options: WalkOptions
  readonly #check: typeof checkLine
  readonly #tree: Frontier
  readonly #first: number
  #next: number
  #last: string
  #segments: { readonly name: string; readonly firstSeq: number }[] = []
  #number: number
  #digest: Hash | undefined
  #bytes = 0
  #closed: ClosedFacts | undefined
  #isEntombed = false

  constructor(options: WalkOptions) {
    const { mode, tombstone } = options
    this.#options = options
    this.#check = mode === 'strict' ? checkLine : checkLink
    this.#tree = new Frontier(tombstone?.entries, tombstone?.frontier.hashes)
    this.#first = this.#next = tombstone?.entries ?? 0
    this.#last = tombstone?.lastHash.slice('sha256:'.length) ?? GENESIS
    this.#number = tombstone?.through ?? 0
    if (tombstone !== undefined) options.judge?.begin(this.#tree, tombstone.origin)
  }

  /** `seq` of the next entry. */
  get next(): number {
    return this.#next
  }

  /** How many entries verified. */
  get entries(): number {
    return this.#next - this.#first
  }

  get head(): ChainReport['head'] {
    return this.#next === 0 ? null : { seq: this.#next - 1, hash: `sha256:${this.#last}` }
  }

  /** Where an entry that was visited stands, or the next one would. */
  placeOf(seq: number): EntryPlace {
    const segment = this.#segments.findLast(({ firstSeq }) => firstSeq <= seq) ?? this.#segments[0]
    const { name, firstSeq } = segment ?? { name: '', firstSeq: seq }
    return { seq, segment: name, line: Math.max(1, seq - firstSeq + 1) }
  }

  enter(segment: Segment): LineDefect | undefined {
    this.#segments.push({ name: segment.name, firstSeq: this.#next })
    this.#number++
    this.#bytes = 0
    this.#digest = segment.isOpen ? undefined : createHash('sha256')
    const { number } = segment
    return number === undefined || number === this.#number ? undefined : this.#gone(number - 1)
  }

  /** Takes the whole lines in `buffer[0, size)`, of which it overwrites bytes. */
  visit(buffer: Buffer, size: number): LineDefect | undefined {
    this.#digest?.update(buffer.subarray(0, size))
    const isFirst = this.#bytes === 0
    this.#bytes += size
    for (let start = 0; start < size;) {
      const lf = buffer.indexOf(0x0a, start)
      const defect = this.#line(buffer, { start, lf, isFirst: isFirst && start === 0 })
      if (defect !== undefined) return defect
      start = lf + 1
    }
    return undefined
  }

  /** Ends a closed segment; what the next one must say of it is known then. */
  leave(): ClosedFacts {
    const firstSeq = this.#segments.at(-1)?.firstSeq ?? 0
    const facts = {
      number: this.#number,
      entries: this.#next - firstSeq,
      firstSeq,
      bytes: this.#bytes,
      root: this.#tree.root().toString('base64'),
      sha256: this.#digest?.digest('hex') ?? '',
    }
    this.#closed = facts
    return facts
  }

  /** What the whole log lacks. */
  end(): LineDefect | undefined {
    const { tombstone } = this.#options
    if (tombstone === undefined || this.#isEntombed) return undefined
    const error = `the first ${tombstone.entries} entries are gone, and entry ${tombstone.seq}, which should tell that they were pruned, is not there`
    return { code: 'MISSING', error }
  }

  #line(
    buffer: Buffer,
    { start, lf, isFirst }: { readonly start: number; readonly lf: number; readonly isFirst: boolean },
  ): LineDefect | undefined {
    const { judge, hasTree, tombstone } = this.#options
    const isTold = isFirst || this.#next === tombstone?.seq
    const text = isTold ? buffer.toString('utf8', start, lf) : '' // before the check, which writes into the line
    const link = this.#check(buffer, start, lf)
    if ('code' in link) return link
    const opening = isFirst ? this.#checkOpening(text, link.seq) : undefined
    if (opening !== undefined) return opening
    if (link.seq !== this.#next) return { code: 'SEQ_GAP', error: `expected seq ${this.#next}, got ${link.seq}` }
    if (link.previous !== this.#last) {
      return { code: 'CHAIN_BROKEN', error: 'its previousHash is not the hash of the entry before it' }
    }
    if (this.#next === tombstone?.seq) {
      if (!isTombstoneEntry(tombstone, JSON.parse(text) as AuditEntry)) {
        return {
          code: 'BAD_TOMBSTONE',
          error: 'the tombstone of pruned segments names this entry, which says something else',
        }
      }
      this.#isEntombed = true
    }
    this.#last = link.hash
    this.#next++
    if (hasTree) {
      this.#tree.append(Buffer.from(link.hash, 'hex'))
      judge?.visit(this.#tree, link.hash)
    }
    return undefined
  }

  /** The first entry of every segment but the log's first one names the one before. */
  #checkOpening(line: string, seq: number): LineDefect | undefined {
    const previous = openingOf(line)?.previous
    if (this.#number === 1 && previous === undefined) return undefined
    if (previous === undefined) {
      return {
        code: 'SEGMENT_CHANGED',
        error: `expected the first entry of segment ${this.#number} to name the one before`,
      }
    }
    if (previous.number >= this.#number) return this.#gone(previous.number)
    const expected: Readonly<Record<string, number | string>> = { ...this.#expected(previous) }
    if (seq !== this.#next) return undefined // said of the line itself
    const named: Readonly<Record<string, number | string>> = { ...previous }
    const wrong = Object.entries(expected).find(([name, value]) => named[name] !== value)
    if (wrong === undefined) return undefined
    const [name, value] = wrong
    return {
      code: 'SEGMENT_CHANGED',
      error: `it names segment ${previous.number} with ${name} ${named[name] ?? ''}, but the segment has ${value}`,
    }
  }

  /** Of a pruned segment only what the tombstone keeps is known. */
  #expected(named: ClosedFacts): ClosedFacts {
    if (this.#closed !== undefined) return this.#closed
    const root = this.#tree.root().toString('base64')
    return { ...named, number: this.#number - 1, firstSeq: this.#next - named.entries, root }
  }

  #gone(last: number): LineDefect {
    const which = last === this.#number ? `segment ${last} is` : `segments ${this.#number} to ${last} are`
    return { code: 'MISSING', error: `${which} gone, and no tombstone tells that they were pruned` }
  }
}
