import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { EMPTY_ROOT, Frontier, nodeHash } from '../../src/tree/frontier.js'
import { provesConsistency, provesInclusion } from '../../src/tree/proof.js'
import { consistencyRanges, inclusionRanges, RangeRoots } from '../../src/tree/ranges.js'
import type { Range } from '../../src/tree/ranges.js'

const MOST = 130

const leafHash = (data: Buffer): Buffer => hash('sha256', Buffer.concat([Buffer.of(0), data]), 'buffer')
const leaves = Array.from({ length: MOST }, (_, index) => leafHash(Buffer.from(`entry ${index}`)))

/** The definitions of RFC 9162 section 2.1, word for word. */
function naiveRoot(part: readonly Buffer[]): Buffer {
  const [first] = part
  if (first === undefined) return hash('sha256', '', 'buffer')
  if (part.length === 1) return first
  const k = 2 ** Math.ceil(Math.log2(part.length) - 1)
  return nodeHash(naiveRoot(part.slice(0, k)), naiveRoot(part.slice(k)))
}

function naivePath(m: number, part: readonly Buffer[]): Buffer[] {
  if (part.length === 1) return []
  const k = 2 ** Math.ceil(Math.log2(part.length) - 1)
  if (m < k) return [...naivePath(m, part.slice(0, k)), naiveRoot(part.slice(k))]
  return [...naivePath(m - k, part.slice(k)), naiveRoot(part.slice(0, k))]
}

function naiveProof(m: number, part: readonly Buffer[], isWhole: boolean): Buffer[] {
  if (m === part.length) return isWhole ? [] : [naiveRoot(part)]
  const k = 2 ** Math.ceil(Math.log2(part.length) - 1)
  if (m <= k) return [...naiveProof(m, part.slice(0, k), isWhole), naiveRoot(part.slice(k))]
  return [...naiveProof(m - k, part.slice(k), false), naiveRoot(part.slice(0, k))]
}

const roots = Array.from({ length: MOST + 1 }, (_, size) => naiveRoot(leaves.slice(0, size)))
const rootAt = (size: number): Buffer => roots[size] ?? EMPTY_ROOT
const leafAt = (index: number): Buffer => leaves[index] ?? EMPTY_ROOT

function collected(ranges: readonly Range[], size: number): Buffer[] {
  const part = new RangeRoots(ranges)
  for (const leaf of leaves.slice(0, size)) part.append(leaf)
  return part.roots()
}

test('a frontier whose hashes do not fit its size is refused', () => {
  expect(() => new Frontier(3, [EMPTY_ROOT])).toThrow('expected 2 hashes')
  expect(() => new Frontier(-1)).toThrow(RangeError)
  expect(() => inclusionRanges(5, 5)).toThrow(RangeError)
  expect(() => consistencyRanges(6, 5)).toThrow(RangeError)
})

test('the tree of the test vectors of RFC 6962 implementations has their roots', () => {
  const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const expected = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ]
  const tree = new Frontier()
  const found = [tree.root().toString('hex')]
  for (const input of inputs) {
    tree.append(leafHash(Buffer.from(input, 'hex')))
    found.push(tree.root().toString('hex'))
  }
  expect(found).toEqual(expected)
})

test('root and number of hashes are right at every size, also when taken up again in between', () => {
  let tree = new Frontier()
  for (const leaf of leaves) {
    tree.append(leaf)
    tree = new Frontier(tree.size, tree.hashes)
    expect(tree.root()).toEqual(rootAt(tree.size))
    expect(tree.hashes.length).toBeLessThanOrEqual(Math.ceil(Math.log2(tree.size + 1)))
  }
})

test('every inclusion proof up to size 130 is that of the definition and holds', () => {
  for (let size = 1; size <= MOST; size++) {
    for (let index = 0; index < size; index++) {
      const proof = collected(inclusionRanges(index, size), size)
      if (size % 13 === 0) expect(proof).toEqual(naivePath(index, leaves.slice(0, size)))
      const claim = { index, size, leaf: leafAt(index), root: rootAt(size) }
      if (!provesInclusion(claim, proof)) expect.fail(`leaf ${index} of ${size}`)
    }
  }
})

test('every consistency proof up to size 130 is that of the definition and holds', () => {
  for (let size = 1; size <= MOST; size++) {
    for (let oldSize = 1; oldSize <= size; oldSize++) {
      const proof = collected(consistencyRanges(oldSize, size), size)
      if (size % 13 === 0) expect(proof).toEqual(naiveProof(oldSize, leaves.slice(0, size), true))
      const claim = { oldSize, oldRoot: rootAt(oldSize), size, root: rootAt(size) }
      if (!provesConsistency(claim, proof)) expect.fail(`${oldSize} to ${size}`)
    }
  }
  expect(provesConsistency({ oldSize: 0, oldRoot: EMPTY_ROOT, size: 5, root: rootAt(5) }, [])).toBe(true)
})

test('a proof with any other index, size, leaf, root, or hash holds for nothing', () => {
  const wrong = EMPTY_ROOT
  for (const size of [1, 2, 3, 6, 7, 8, 33, 64, 100]) {
    for (let index = 0; index < size; index++) {
      const proof = collected(inclusionRanges(index, size), size)
      const claim = { index, size, leaf: leafAt(index), root: rootAt(size) }
      const bad = [
        provesInclusion({ ...claim, leaf: wrong }, proof),
        provesInclusion({ ...claim, root: wrong }, proof),
        provesInclusion({ ...claim, index: size }, proof),
        provesInclusion({ ...claim, index: -1 }, proof),
        provesInclusion({ ...claim, index: index + 0.5 }, proof),
        provesInclusion(claim, [...proof, wrong]),
        proof.length > 0 && provesInclusion(claim, proof.slice(1)),
        proof.length > 0 && provesInclusion(claim, proof.with(0, wrong)),
        size > 1 && provesInclusion({ ...claim, index: index ^ 1 }, proof),
      ]
      expect(bad).not.toContain(true)
    }
  }
  for (const [oldSize, size] of [
    [1, 2],
    [3, 7],
    [4, 8],
    [63, 100],
    [64, 128],
  ] as const) {
    const proof = collected(consistencyRanges(oldSize, size), size)
    const claim = { oldSize, oldRoot: rootAt(oldSize), size, root: rootAt(size) }
    const bad = [
      provesConsistency({ ...claim, oldRoot: wrong }, proof),
      provesConsistency({ ...claim, root: wrong }, proof),
      provesConsistency({ ...claim, oldSize: size + 1 }, proof),
      provesConsistency({ ...claim, oldSize: 0 }, proof),
      provesConsistency({ ...claim, size: oldSize }, proof),
      provesConsistency(claim, []),
      provesConsistency(claim, [...proof, wrong]),
      provesConsistency(claim, proof.with(0, wrong)),
    ]
    expect(bad).not.toContain(true)
  }
})
