import { closeSync, constants, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { systemCode } from '../error.js'
import { Frontier, HASH_SIZE } from './frontier.js'

/** Name of the stored hashes, beside the log. */
export const SUBTREES = 'audit.tree'
/** Leaves of a stored subtree. */
export const SUBTREE = 256

/**
 * The roots of all perfect subtrees of 256 leaves, one after the other: level 1 of C2SP tlog-tiles without its tiling. Whoever
 * uses them compares the root that they give with a signed one.
 */
export class StoredSubtrees {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** None where there is no such file. */
  static read(file: string): StoredSubtrees {
    try {
      return new StoredSubtrees(readFileSync(file))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return new StoredSubtrees(Buffer.alloc(0))
      throw error
    }
  }

  get count(): number {
    return Math.floor(this.#bytes.length / HASH_SIZE)
  }

  at(index: number): Buffer | undefined {
    return index < this.count ? this.#bytes.subarray(index * HASH_SIZE, (index + 1) * HASH_SIZE) : undefined
  }
}

/** A tree that grows leaf by leaf and keeps the root of each subtree that it completes in a file. */
export class GrowingTree {
  readonly #fd: number
  /** Whole subtrees, and the leaves behind them. */
  readonly #whole: Frontier
  #part: Frontier
  #isKept = true

  /**
   * Takes a tree up; of the file only the subtrees that it completed are kept. It is a shortcut for readers and for the
   * next writer, so it is not synced with every record.
   */
  constructor(file: string, tree: Frontier) {
    const whole = tree.size - (tree.size % SUBTREE)
    const pieces = tree.subtrees()
    this.#whole = frontierOf(
      whole,
      pieces.filter(({ leaves }) => leaves >= SUBTREE),
    )
    this.#part = frontierOf(
      tree.size - whole,
      pieces.filter(({ leaves }) => leaves < SUBTREE),
    )
    this.#fd = openSync(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
    try {
      ftruncateSync(this.#fd, (whole / SUBTREE) * HASH_SIZE)
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  get size(): number {
    return this.#whole.size + this.#part.size
  }

  /** The tree as it is now. */
  frontier(): Frontier {
    return new Frontier(this.size, [...this.#whole.hashes, ...this.#part.hashes])
  }

  append(leaf: Buffer): void {
    this.#part.append(leaf)
    if (this.#part.size < SUBTREE) return
    const root = this.#part.root()
    this.#whole.append(root, SUBTREE)
    this.#part = new Frontier()
    this.#keep(root)
  }

  sync(): void {
    if (this.#isKept) fdatasyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** A full disk costs the shortcut, not the record; behind a gap nothing may follow. */
  #keep(root: Buffer): void {
    if (!this.#isKept) return
    try {
      this.#isKept = writeSync(this.#fd, root) === HASH_SIZE
    } catch {
      this.#isKept = false
    }
  }
}

function frontierOf(size: number, pieces: readonly { readonly hash: Buffer }[]): Frontier {
  return new Frontier(
    size,
    pieces.map(({ hash }) => hash),
  )
}
