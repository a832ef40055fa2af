import type { WitnessedTree } from '../anchors/witnessed.js'
import type { Frontier } from '../tree/frontier.js'
import type { Anchoring, ChainDefect } from '../types.js'
import { originOf } from './checkpoint.js'
import type { Checkpoint } from './checkpoint.js'
import type { Checkpoints } from './collect.js'

/** What checkpoints say against a log whose chain holds. */
export interface Contradiction {
  readonly code: ChainDefect & ('TRUNCATED' | 'REWRITTEN' | 'FORKED')
  /** The first entry that may not be the one that was signed. */
  readonly brokenAt: number
  readonly error: string
}

/** A log that was read to its end, and what is known of it besides. */
interface Read {
  readonly entries: number
  readonly publicKey: string | undefined
  readonly witnessed: WitnessedTree | undefined
}

/** Compares a log, while it is read, with the checkpoints that were signed of it. */
export class Judge {
  readonly #checkpoints: Checkpoints
  #at = 0
  #origin: string | undefined
  #agreed: Checkpoint | undefined
  #wrong: { readonly checkpoint: Checkpoint; readonly after: number } | undefined

  /** At least one checkpoint, in the order of their sizes. */
  constructor(checkpoints: Checkpoints) {
    this.#checkpoints = checkpoints
  }

  /** Takes the tree over entries that were pruned, and the name of the log: what was signed of less than it is beyond proof. */
  begin(tree: Frontier, origin: string): void {
    this.#origin = origin
    while ((this.#checkpoints[this.#at]?.size ?? Infinity) < tree.size) this.#at++
    this.#compare(tree)
  }

  /** Takes the tree as it is after each entry. */
  visit(tree: Frontier, hash: string): void {
    this.#origin ??= originOf(hash)
    this.#compare(tree)
  }

  #compare(tree: Frontier): void {
    for (let next = this.#checkpoints[this.#at]; next?.size === tree.size; next = this.#checkpoints[++this.#at]) {
      if (next.origin === this.#origin && next.root.equals(tree.root())) this.#agreed = next
      else this.#wrong ??= { checkpoint: next, after: this.#agreed?.size ?? 0 }
    }
  }

  /** What the checkpoints say against the log, once all of it was visited. */
  contradiction(entries: number): Contradiction | undefined {
    const twins = this.#checkpoints.find((one, index) => isTwin(one, this.#checkpoints[index + 1]))
    if (twins !== undefined) {
      const error = `one key signed two different trees of ${twins.size} entries, the first on ${timeOf(twins)}`
      return { code: 'FORKED', brokenAt: Math.min(entries, this.#wrong?.after ?? entries), error }
    }
    const wrong = this.#wrong
    if (wrong !== undefined) return this.#changed(wrong.checkpoint, wrong.after)
    const last = this.#checkpoints.at(-1)
    if (last === undefined || last.size <= entries) return undefined
    if (this.#origin !== undefined && last.origin !== this.#origin) return this.#changed(last, 0)
    const signed = `a checkpoint of ${last.size} entries was signed on ${timeOf(last)}`
    return {
      code: 'TRUNCATED',
      brokenAt: entries,
      error: `${signed}, but the log has ${entries}: at least ${last.size - entries} were cut off`,
    }
  }

  /** The latest checkpoint that the log agrees with. */
  anchoring({ entries, publicKey, witnessed }: Read): Anchoring | null {
    const agreed = this.#agreed
    if (agreed === undefined) return null
    const { size, origin, owner } = agreed
    return {
      size,
      origin,
      time: timeOf(agreed),
      publicKey: owner,
      trusted: publicKey !== undefined,
      unanchored: entries - size,
      // What nothing contradicts agrees: its checkpoint is one of those that were compared.
      witness: witnessed === undefined ? null : { ...witnessed, unanchored: entries - witnessed.size },
    }
  }

  #changed(signed: Checkpoint, after: number): Contradiction {
    const agreed = this.#agreed
    // Who signed a tree that this log grew from, and another one before or beside it, signed two histories.
    const isFork = agreed !== undefined && agreed.size >= signed.size && agreed.owner === signed.owner
    const what = `a checkpoint of ${signed.size} entries, signed on ${timeOf(signed)}, is not of this log`
    if (isFork && agreed.origin === signed.origin) {
      return {
        code: 'FORKED',
        brokenAt: after,
        error: `${what}, but one of ${agreed.size} entries is, and the same key signed both`,
      }
    }
    return { code: 'REWRITTEN', brokenAt: after, error: `${what}: entries up to there were replaced` }
  }
}

function isTwin(one: Checkpoint, other: Checkpoint | undefined): boolean {
  if (other?.size !== one.size || other.origin !== one.origin || other.owner !== one.owner) return false
  return !other.root.equals(one.root)
}

function timeOf({ time }: Checkpoint): string {
  return new Date(time * 1000).toISOString()
}
