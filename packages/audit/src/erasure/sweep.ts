import { AuditError } from '../error.js'
import { searchLog } from '../reading/search.js'
import type { AuditEntry, AuditLog } from '../types.js'
import { listBlobs, removeBlob } from './blob.js'
import type { StoredFile } from './blob.js'
import { commitmentIn, erasedIn } from './personal.js'

/** How to sweep. */
export interface SweepOptions {
  /** The principal that sweeps: `cli:alice`. */
  readonly who: string
  /** Younger files are left alone: their record may be on its way. Default a day. */
  readonly olderThanMs?: number | undefined
  /** Finds, and removes nothing. */
  readonly dryRun?: boolean | undefined
  readonly now?: (() => Date) | undefined
}

/** What a sweep found, and unless it was a dry run, removed. */
export interface Sweep {
  /** Payloads that no entry commits to: their recorder was killed before the record. */
  readonly orphans: readonly string[]
  /** Payloads that were erased and are there again, as after restoring a backup. */
  readonly returned: readonly string[]
  /** Files that a killed recorder did not finish. */
  readonly unfinished: readonly string[]
  /** Payloads that belong to an entry. */
  readonly kept: number
  /** The record of what was removed; undefined where nothing was. */
  readonly record: AuditEntry | undefined
}

/** A day: longer than any record may be under way. */
const OLD_MS = 86_400_000
/** Commitments that the record of a sweep names; it counts the rest. */
const NAMED = 100

/** Finds personal payloads that no entry commits to or that were erased before, removes them and records that. */
export async function sweepPersonal(log: AuditLog, options: SweepOptions): Promise<Sweep> {
  const { dir } = log
  if (!log.enabled || dir === undefined) {
    return { orphans: [], returned: [], unfinished: [], kept: 0, record: undefined }
  }
  const { who, olderThanMs = OLD_MS, dryRun = false, now = () => new Date() } = options
  if (!(olderThanMs >= 0)) throw new AuditError('INVALID_INPUT', 'expected olderThanMs to be 0 or more')
  const before = now().getTime() - olderThanMs
  const files = listBlobs(dir) // before the log: a record that comes in between is then seen
  const { committed, erased } = await namedBy(dir, files)
  const old = files.filter(({ modifiedMs }) => modifiedMs <= before)
  const blobs = old.filter((file): file is StoredFile & { commitment: string } => file.commitment !== undefined)
  const returned = blobs.filter(({ commitment }) => erased.has(commitment))
  const orphans = blobs.filter(({ commitment }) => !committed.has(commitment) && !erased.has(commitment))
  const unfinished = old.filter(({ commitment }) => commitment === undefined)
  const goes = [...returned, ...orphans, ...unfinished]
  let record: AuditEntry | undefined
  if (!dryRun && goes.length > 0) {
    for (const { name } of goes) removeBlob(dir, name)
    record = await log.record({
      who,
      what: 'erasure.swept',
      where: 'personal',
      metadata: {
        orphans: orphans.length,
        returned: returned.length,
        unfinished: unfinished.length,
        removed: goes.slice(0, NAMED).map(({ name }) => name),
      },
    })
  }
  return {
    orphans: orphans.map(({ commitment }) => commitment),
    returned: returned.map(({ commitment }) => commitment),
    unfinished: unfinished.map(({ name }) => name),
    kept: files.filter(({ commitment }) => commitment !== undefined).length - returned.length - orphans.length,
    record,
  }
}

/** Which of the blobs the log names, in one pass that keeps no more than their names. */
async function namedBy(
  dir: string,
  files: readonly StoredFile[],
): Promise<{ readonly committed: ReadonlySet<string>; readonly erased: ReadonlySet<string> }> {
  const there = new Set(files.flatMap(({ commitment }) => (commitment === undefined ? [] : [commitment])))
  const committed = new Set<string>()
  const erased = new Set<string>()
  if (there.size === 0) return { committed, erased }
  for await (const entry of searchLog(dir)) {
    const own = commitmentIn(entry)
    if (own !== undefined && there.has(own)) committed.add(own)
    const gone = erasedIn(entry)
    if (gone !== undefined && there.has(gone)) erased.add(gone)
  }
  return { committed, erased }
}
