import { hash } from 'node:crypto'

/** Bytes of a hash of the tree. */
export const HASH_SIZE = 32

/** Root of the tree without leaves. */
export const EMPTY_ROOT: Buffer = Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex')

/** 0x01 and room for two hashes: one for all, since a digest is taken before anybody else can write into it. */
const NODE: Buffer = Buffer.alloc(1 + 2 * HASH_SIZE, 0x01)

/** Hash of an inner node, RFC 6962 section 2.1. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  NODE.set(left, 1)
  NODE.set(right, 1 + HASH_SIZE)
  // As text and back: that is half the time of asking for a buffer.
  return Buffer.from(hash('sha256', NODE, 'binary'), 'binary')
}

/**
 * A Merkle tree of RFC 6962 that only grows: its size and the roots of its perfect subtrees, the largest first.
 * That is one hash for each bit that is set in the size, however many leaves there were.
 */
export class Frontier {
  readonly #hashes: Buffer[]
  #size: number

  /** Takes a frontier up where it was left; throws a RangeError where the hashes do not fit the size. */
  constructor(size = 0, hashes: readonly Buffer[] = []) {
    if (!Number.isSafeInteger(size) || size < 0 || hashes.length !== ones(size)) {
      throw new RangeError(`expected ${ones(size)} hashes for a tree of size ${size}, got ${hashes.length}`)
    }
    this.#size = size
    this.#hashes = [...hashes]
  }

  get size(): number {
    return this.#size
  }

  get hashes(): readonly Buffer[] {
    return [...this.#hashes]
  }

  /**
   * Adds a leaf hash, or the root of a perfect subtree of `leaves` leaves, a power of two that the size is a multiple of;
   * throws a RangeError where such a subtree cannot stand.
   */
  append(hash: Buffer, leaves = 1): void {
    if (leaves !== 1 && this.#size % leaves !== 0) {
      throw new RangeError(`expected no subtree of ${leaves} leaves behind ${this.#size}`)
    }
    let node = hash
    // Each trailing one bit of the size is a perfect subtree that the new one completes.
    for (let rest = this.#size / leaves; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#hashes.pop()
      if (left === undefined) break // cannot be: as many hashes as bits
      node = nodeHash(left, node)
    }
    this.#hashes.push(node)
    this.#size += leaves
  }

  /** The roots of the perfect subtrees with how many leaves each has, the largest first. */
  subtrees(): { readonly hash: Buffer; readonly leaves: number }[] {
    let rest = this.#size
    return this.#hashes.map((hash) => {
      let leaves = 1
      while (leaves * 2 <= rest) leaves *= 2
      rest -= leaves
      return { hash, leaves }
    })
  }

  root(): Buffer {
    let root: Buffer | undefined
    for (const left of this.#hashes.toReversed()) root = root === undefined ? left : nodeHash(left, root)
    return root ?? EMPTY_ROOT
  }
}

function ones(size: number): number {
  let count = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2
  return count
}
