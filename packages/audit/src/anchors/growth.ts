import { join } from 'node:path'
import { LOG_NAME } from '../chain/name.js'
import { rangeRoots } from '../checkpoint/nodes.js'
import type { TreeHead } from '../checkpoint/checkpoint.js'
import { AuditError } from '../error.js'
import { LogView } from '../segments/view.js'
import { nodeHash } from '../tree/frontier.js'
import { consistencyRanges } from '../tree/ranges.js'
import type { Range } from '../tree/ranges.js'

/**
 * Proves with the log in a folder that the tree of a checkpoint begins with the `old` entries before. Rejects with an
 * AuditError: `LOG_DAMAGED` where the log is not the one of the checkpoint.
 */
export async function growthProof(dir: string, { size, root }: TreeHead, old: number): Promise<readonly Buffer[]> {
  if (old === 0 || old === size) return []
  const damaged = (): AuditError =>
    new AuditError(
      'LOG_DAMAGED',
      `expected the log in ${dir} to be the one that was signed at ${size} entries; verify it`,
    )
  const view = LogView.open(join(dir, LOG_NAME))
  if (view === undefined) throw damaged()
  try {
    const proof = consistencyRanges(old, size)
    // An older tree that is perfect is not part of its proof; with it the ranges make up the whole tree.
    const isWhole = proof.some(({ start }) => start === 0)
    const ranges = isWhole ? proof : [...proof, { start: 0, end: old }]
    const holds = (roots: readonly Buffer[]): boolean => rootOf(ranges, roots, { start: 0, end: size }).equals(root)
    const roots = await rangeRoots(view, { size, ranges, holds })
    if (roots === undefined) throw damaged()
    return roots.slice(0, proof.length)
  } finally {
    view.close()
  }
}

/** The root over some leaves, RFC 9162 section 2.1.1, out of those of ranges that make them up. */
function rootOf(ranges: readonly Range[], roots: readonly Buffer[], { start, end }: Range): Buffer {
  const known = roots[ranges.findIndex((range) => range.start === start && range.end === end)]
  if (known !== undefined) return known
  if (end - start < 2) throw new RangeError(`expected ranges that make up leaf ${start}`)
  let half = 1
  while (half * 2 < end - start) half *= 2
  const middle = start + half
  return nodeHash(rootOf(ranges, roots, { start, end: middle }), rootOf(ranges, roots, { start: middle, end }))
}
