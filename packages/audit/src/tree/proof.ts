import { EMPTY_ROOT, nodeHash } from './frontier.js'

/** More hashes than any proof of a tree of up to 2^53 leaves has. */
export const MAX_PROOF = 63

/** What an inclusion proof claims. */
export interface Inclusion {
  readonly index: number
  readonly size: number
  readonly leaf: Buffer
  readonly root: Buffer
}

/** What a consistency proof claims. */
export interface Consistency {
  readonly oldSize: number
  readonly oldRoot: Buffer
  readonly size: number
  readonly root: Buffer
}

/** Tells whether a leaf is at its index in the tree with this root: RFC 9162 section 2.1.3.2. */
export function provesInclusion({ index, size, leaf, root }: Inclusion, proof: readonly Buffer[]): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || proof.length > MAX_PROOF) return false
  let fn = index
  let sn = size - 1
  let node = leaf
  for (const hash of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      node = nodeHash(hash, node)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      node = nodeHash(node, hash)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && node.equals(root)
}

/** Tells whether the tree with `root` holds the older one unchanged and in front: RFC 9162 section 2.1.4.2. */
export function provesConsistency(claim: Consistency, proof: readonly Buffer[]): boolean {
  const { oldSize, oldRoot, size, root } = claim
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || proof.length > MAX_PROOF) return false
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root)
  if (oldSize === 0) return proof.length === 0 && oldRoot.equals(EMPTY_ROOT)
  let fn = oldSize - 1
  let sn = size - 1
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)]
  // An older tree that is perfect is itself the first node; it is not sent.
  const path = fn === 0 ? [oldRoot, ...proof] : proof
  const [first, ...rest] = path
  if (first === undefined) return false
  let older = first
  let newer = first
  for (const hash of rest) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      older = nodeHash(hash, older)
      newer = nodeHash(hash, newer)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)]
    } else {
      newer = nodeHash(newer, hash)
    }
    ;[fn, sn] = [half(fn), half(sn)]
  }
  return sn === 0 && older.equals(oldRoot) && newer.equals(root)
}

/** Not a shift: those of JavaScript end at 32 bits. */
function half(value: number): number {
  return Math.floor(value / 2)
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
