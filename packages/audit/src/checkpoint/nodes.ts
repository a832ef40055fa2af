import { dirname, join } from 'node:path'
import { AuditError } from '../error.js'
import { Frontier } from '../tree/frontier.js'
import { RangeRoots } from '../tree/ranges.js'
import type { Range } from '../tree/ranges.js'
import { StoredSubtrees, SUBTREE, SUBTREES } from '../tree/subtrees.js'
import type { LogView } from '../segments/view.js'
import { viewLeaves } from './leaves.js'

/** A perfect subtree of the log's tree, a leaf most often. */
interface Node {
  readonly hash: Buffer
  readonly leaves: number
}

/**
 * The roots of some ranges of a log's tree, where `holds` says that they prove what they should; undefined where they do not.
 * Takes stored subtrees where they will do and reads lines only around the ends of the ranges; where that does not hold, it
 * reads every line. Throws an AuditError where a range begins or ends among pruned entries.
 */
export async function rangeRoots(
  view: LogView,
  { size, ranges, holds }: Question & { readonly holds: (roots: readonly Buffer[]) => boolean },
): Promise<readonly Buffer[] | undefined> {
  const stored = StoredSubtrees.read(join(dirname(view.file), SUBTREES))
  const quick = await gather(view, { size, ranges }, stored).catch(() => undefined)
  if (quick !== undefined && holds(quick)) return quick
  const roots = await gather(view, { size, ranges }, undefined)
  return holds(roots) ? roots : undefined
}

interface Question {
  readonly size: number
  readonly ranges: readonly Range[]
}

/** The tree over the first entries of a log by stored subtrees and the lines behind them; undefined where they are too few. */
export async function storedTree(view: LogView, size: number): Promise<Frontier | undefined> {
  const stored = StoredSubtrees.read(join(dirname(view.file), SUBTREES))
  if (stored.count < Math.floor(size / SUBTREE)) return undefined
  const tree = new Frontier()
  for await (const nodes of subtreesOf(view, wantedOf(size, [], stored))) {
    for (const { hash, leaves } of nodes) tree.append(hash, leaves)
  }
  return tree.size === size ? tree : undefined
}

async function gather(
  view: LogView,
  { size, ranges }: Question,
  stored: StoredSubtrees | undefined,
): Promise<Buffer[]> {
  const collected = new RangeRoots(ranges)
  let count = 0
  for await (const nodes of subtreesOf(view, wantedOf(size, ranges, stored))) {
    for (const { hash, leaves } of nodes) {
      collected.append(hash, leaves)
      count += leaves
    }
  }
  if (count !== size) throw new AuditError('LOG_DAMAGED', `expected ${size} entries, got ${count}; verify the log`)
  return collected.roots()
}

interface Wanted {
  readonly size: number
  readonly stored: StoredSubtrees | undefined
  /** Sizes at which something begins or ends: a subtree with one of them inside is taken apart. */
  readonly ends: readonly number[]
  /** The same as numbers of stored subtrees. */
  readonly cut: ReadonlySet<number>
}

function wantedOf(size: number, ranges: readonly Range[], stored: StoredSubtrees | undefined): Wanted {
  const ends = [size, ...ranges.flatMap(({ start, end }) => [start, end])]
  const inside = ends.filter((end) => end % SUBTREE !== 0)
  return { size, stored, ends, cut: new Set(inside.map((end) => Math.floor(end / SUBTREE))) }
}

/** The tree from its left end on, run by run, in the largest pieces that are known and that nothing ends inside of. */
async function* subtreesOf(view: LogView, wanted: Wanted): AsyncGenerator<readonly Node[], void, undefined> {
  const { size, stored, cut } = wanted
  const pruned = prunedNodes(view, wanted)
  yield pruned
  let at = pruned.reduce((sum, { leaves }) => sum + leaves, 0)
  while (at < size) {
    const nodes: Node[] = []
    for (; at % SUBTREE === 0 && at + SUBTREE <= size && !cut.has(at / SUBTREE); at += SUBTREE) {
      const hash = stored?.at(at / SUBTREE)
      if (hash === undefined) break
      nodes.push({ hash, leaves: SUBTREE })
    }
    yield nodes
    const end = stored === undefined ? size : Math.min(size, at - (at % SUBTREE) + SUBTREE)
    const begin = at
    for await (const leaves of leafRuns(view, { at, end })) {
      yield leaves
      at += leaves.length
    }
    if (at === begin && at < size) return // the log ends before
  }
}

/** Leaves in runs: a log of millions is not held at once. */
async function* leafRuns(
  view: LogView,
  { at, end }: { readonly at: number; readonly end: number },
): AsyncGenerator<Node[], void, undefined> {
  if (at >= end) return
  let run: Node[] = []
  let left = end - at
  for await (const leaf of viewLeaves(view, at)) {
    run.push({ hash: leaf.hash, leaves: 1 })
    left--
    if (run.length === SUBTREE || left === 0) {
      yield run
      run = []
    }
    if (left === 0) return
  }
  yield run
}

/** What is known of the pruned entries, which begin at the left end. */
function prunedNodes(view: LogView, wanted: Wanted): Node[] {
  const nodes: Node[] = []
  let start = 0
  for (const piece of view.tombstone?.frontier.subtrees() ?? []) {
    if (start >= wanted.size) break
    const end = start + piece.leaves
    if (!isCut(wanted, { start, end })) nodes.push(piece)
    else nodes.push(...storedNodes(view, wanted, { start, end }))
    start = end
  }
  return nodes
}

function storedNodes(view: LogView, wanted: Wanted, { start, end }: Range): Node[] {
  const nodes: Node[] = []
  for (let at = start; at < Math.min(end, wanted.size); at += SUBTREE) {
    const hash = wanted.stored?.at(at / SUBTREE)
    if (hash === undefined || end - start < SUBTREE || isCut(wanted, { start: at, end: at + SUBTREE })) {
      throw prunedError(view)
    }
    nodes.push({ hash, leaves: SUBTREE })
  }
  return nodes
}

function isCut({ ends }: Wanted, { start, end }: Range): boolean {
  return ends.some((at) => start < at && at < end)
}

function prunedError(view: LogView): AuditError {
  return new AuditError(
    'READ_FAILED',
    `expected entries that are still there, but the first ${view.tombstone?.entries ?? 0} were pruned: only their roots are known`,
  )
}
