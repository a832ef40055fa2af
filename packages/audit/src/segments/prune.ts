import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openCheckpoint } from '../checkpoint/checkpoint.js'
import { LATEST, readNote } from '../checkpoint/files.js'
import { originIn, viewLeaves } from '../checkpoint/leaves.js'
import { storedTree } from '../checkpoint/nodes.js'
import { AuditError } from '../error.js'
import type { SegmentLimits } from '../settings.js'
import { Frontier } from '../tree/frontier.js'
import type { AuditInput } from '../types.js'
import { syncFolder } from '../writer/sync-folder.js'
import { parseName, segmentsFolder } from './names.js'
import { readOpening } from './opening.js'
import type { Opening } from './opening.js'
import { PRUNED, tombstoneMetadata, writeTombstone } from './tombstone.js'
import { LogView } from './view.js'

/** One closed segment that is, or would be, pruned. */
export interface PrunedSegment {
  readonly number: number
  readonly entries: number
  readonly firstSeq: number
  /** Size of its plain text. */
  readonly bytes: number
  /** When it was closed, by the clock of the writer. */
  readonly closedAt: string
  /** Root of the tree at its end, in base64, and the hash of its last entry. */
  readonly root: string
  readonly lastHash: string
}

/** What pruning did, or would do. */
export interface PruneReport {
  readonly dryRun: boolean
  readonly segments: readonly PrunedSegment[]
  /** Closed segments that stay. */
  readonly kept: number
  /** Segments that are old enough, but that no signed checkpoint covers yet. */
  readonly unsigned: number
  /** The entry that tells of it; null when nothing was pruned. */
  readonly seq: number | null
}

interface PruneTask {
  readonly limits: SegmentLimits
  readonly now: Date
  /** Puts the tombstone on the chain and resolves once it is on disk. */
  readonly record: (input: AuditInput) => Promise<{ readonly seq: number }>
}

/** So many are named by one entry; the rest waits for the next time. */
const MOST = 128
const DAY_MS = 86_400_000

/** Which segments may go: old enough, beyond the number that is kept, and covered by a checkpoint where there is one. */
export function planPrune(file: string, { limits, now }: Pick<PruneTask, 'limits' | 'now'>): PruneReport {
  const view = LogView.open(file)
  if (view === undefined) return { dryRun: true, segments: [], kept: 0, unsigned: 0, seq: null }
  try {
    const closed = closedIn(view)
    const before = now.getTime() - limits.retentionDays * DAY_MS
    const beyond = closed.slice(0, Math.max(0, closed.length - limits.maxFiles))
    const isYoung = ({ closedAt }: PrunedSegment): boolean => Date.parse(closedAt) > before
    const young = beyond.findIndex(isYoung)
    const old = young < 0 ? beyond : beyond.slice(0, young)
    const signed = signedSize(file)
    const segments = old.filter(({ firstSeq, entries }) => firstSeq + entries <= signed).slice(0, MOST)
    const unsigned = old.filter(({ firstSeq, entries }) => firstSeq + entries > signed).length
    return { dryRun: true, segments, kept: closed.length - segments.length, unsigned, seq: null }
  } finally {
    view.close()
  }
}

/**
 * Removes what {@link planPrune} names: first the entry on the chain, then the tombstone, then the files; whatever ends in
 * between is taken up by the next time. For whoever holds the lock of the segments' folder.
 */
export async function pruneSegments(file: string, task: PruneTask): Promise<PruneReport> {
  removeUpTo(file, throughOf(file))
  const plan = planPrune(file, task)
  const last = plan.segments.at(-1)
  if (last === undefined) return { ...plan, dryRun: false }
  const tombstone = await tombstoneBehind(file, last)
  const segments = plan.segments.map(({ number, entries, firstSeq, root, lastHash }) => ({
    number,
    entries,
    firstSeq,
    root,
    lastHash,
  }))
  const { seq } = await task.record({
    who: 'audit',
    what: PRUNED,
    where: 'segments',
    why: `closed more than ${task.limits.retentionDays} days ago and not among the last ${task.limits.maxFiles}`,
    metadata: { ...tombstoneMetadata({ ...tombstone, seq: 0 }), segments },
  })
  await writeTombstone(file, { ...tombstone, seq })
  removeUpTo(file, tombstone.through)
  return { ...plan, dryRun: false, seq }
}

function throughOf(file: string): number {
  const view = LogView.open(file)
  view?.close()
  return view?.tombstone?.through ?? 0
}

async function tombstoneBehind(
  file: string,
  last: PrunedSegment,
): Promise<{ through: number; entries: number; origin: string; lastHash: string; frontier: Frontier }> {
  const view = LogView.open(file)
  try {
    const origin = view && originIn(view)
    const entries = last.firstSeq + last.entries
    const frontier = view && (await treeAt(view, entries, last.root))
    if (origin !== undefined && frontier !== undefined) {
      return { through: last.number, entries, origin, lastHash: last.lastHash, frontier }
    }
  } finally {
    view?.close()
  }
  throw new AuditError(
    'LOG_DAMAGED',
    `expected the segments up to number ${last.number} to be as the one behind them says; nothing is pruned. Verify the log`,
  )
}

/** The tree at a size, where it has the root that the chain names. */
async function treeAt(view: LogView, size: number, root: string): Promise<Frontier | undefined> {
  const stored = await storedTree(view, size).catch(() => undefined)
  if (stored?.root().toString('base64') === root) return stored
  const pruned = view.tombstone?.frontier
  const tree = new Frontier(pruned?.size, pruned?.hashes)
  for await (const { hash } of viewLeaves(view, tree.size)) {
    tree.append(hash)
    if (tree.size === size) break
  }
  return tree.size === size && tree.root().toString('base64') === root ? tree : undefined
}

function closedIn(view: LogView): PrunedSegment[] {
  const found: PrunedSegment[] = []
  for (const [index, segment] of view.segments.entries()) {
    if (segment.isOpen) break
    const next = openingIn(view, index + 1)
    const facts = next?.previous
    // Where one is not as the next one names it, nothing from there on may go.
    if (next === undefined || facts === undefined || facts.number !== segment.number) break
    const { number, entries, firstSeq, bytes, root } = facts
    found.push({ number, entries, firstSeq, bytes, root, closedAt: next.timestamp, lastHash: next.previousHash })
  }
  return found
}

function openingIn(view: LogView, index: number): Opening | undefined {
  const source = view.segments[index]?.open()
  try {
    return source && readOpening(source)
  } finally {
    source?.close()
  }
}

/** How many entries the latest checkpoint covers; all, where the log is not signed. */
function signedSize(file: string): number {
  const note = readNote(join(dirname(file), LATEST))
  return note === undefined ? Infinity : (openCheckpoint(note)?.size ?? 0)
}

function removeUpTo(file: string, through: number): void {
  if (through === 0) return
  const folder = segmentsFolder(file)
  for (const name of readdirSync(folder)) {
    const number = parseName(name.replace(/\.json$/, '.jsonl'))?.number
    if (number !== undefined && number <= through) rmSync(join(folder, name))
  }
  syncFolder(folder)
}
