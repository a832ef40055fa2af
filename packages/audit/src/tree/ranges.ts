import { Frontier } from './frontier.js'

/** Leaves from `start` up to `end`, itself not included. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** The subtrees whose roots prove that a leaf is in a tree, the leaf's sibling first: PATH of RFC 9162 section 2.1.3.1. */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`expected an index below ${size}, got ${index}`)
  const ranges: Range[] = []
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + split(end - start)
    if (index < middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  return ranges.toReversed()
}

/** The subtrees whose roots prove that a tree extends an older one: PROOF of RFC 9162 section 2.1.4.1. */
export function consistencyRanges(old: number, size: number): Range[] {
  if (!(old >= 0 && old <= size)) throw new RangeError(`expected an older size of at most ${size}, got ${old}`)
  if (old === 0 || old === size) return []
  const ranges: Range[] = []
  let start = 0
  let end = size
  while (end !== old) {
    const middle = start + split(end - start)
    if (old <= middle) {
      ranges.push({ start: middle, end })
      end = middle
    } else {
      ranges.push({ start, end: middle })
      start = middle
    }
  }
  // The older tree as a whole is known to whoever asks; a subtree of it is not.
  if (start > 0) ranges.push({ start, end })
  return ranges.toReversed()
}

/** Collects the roots of ranges that do not overlap, in one pass over the leaves and in O(log n) memory. */
export class RangeRoots {
  readonly #places: readonly { readonly range: Range; readonly frontier: Frontier }[]
  readonly #ordered: readonly { readonly range: Range; readonly frontier: Frontier }[]
  #at = 0
  #index = 0

  constructor(ranges: readonly Range[]) {
    this.#places = ranges.map((range) => ({ range, frontier: new Frontier() }))
    this.#ordered = this.#places.toSorted((a, b) => a.range.start - b.range.start)
  }

  /** Takes the next leaf, from leaf 0 on, or the next perfect subtree, which must lie within one range or outside all. */
  append(hash: Buffer, leaves = 1): void {
    const index = this.#index
    this.#index += leaves
    let place = this.#ordered[this.#at]
    while (place !== undefined && index >= place.range.end) place = this.#ordered[++this.#at]
    if (place !== undefined && index >= place.range.start) place.frontier.append(hash, leaves)
  }

  /** The roots, in the order of the ranges. */
  roots(): Buffer[] {
    return this.#places.map(({ frontier }) => frontier.root())
  }
}

/** The largest power of two smaller than `size`, where a tree divides. */
function split(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}
