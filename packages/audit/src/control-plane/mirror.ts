import { lstatSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { asAuditError } from '../error.js'
import { searchLog } from '../reading/search.js'
import { segmentLimits } from '../settings.js'
import { syncFolder } from '../writer/sync-folder.js'
import { DayFile, dayOf, isDraft, standingAt } from './day-file.js'
import { controlPlaneEntryOf, mirrorLine } from './entry.js'

/** Which days to bring up to date. */
export interface MirrorOptions {
  /** From this day on, `2026-01-31`. Default: every day that is kept. */
  readonly since?: string | undefined
  /** How many days back the files are kept. Default `LOKI_AUDIT_RETENTION_DAYS`, else 30. */
  readonly retentionDays?: number | undefined
  readonly now?: (() => Date) | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

/** What became of the readable files. */
export interface MirrorReport {
  /** Files that were made or made anew. */
  readonly written: readonly string[]
  /** Files that are older than they are kept. */
  readonly removed: readonly string[]
  /** Files of others under these names, which were left alone: import them. */
  readonly foreign: readonly string[]
}

const DAY_MS = 86_400_000
/** A draft older than this is nobody's any more. */
const DRAFT_MS = 3_600_000

/**
 * Writes the readable daily files `audit-<date>.jsonl` of a control-plane log beside it, from the log. Each is made whole and
 * then put in its place, so one that was cut, edited or removed is right again after this, and none has a line twice.
 * They prove nothing: the log does.
 */
export async function mirrorControlPlane(dir: string, options: MirrorOptions = {}): Promise<MirrorReport> {
  const folder = resolve(dir)
  const { now = () => new Date(), env = process.env } = options
  const { retentionDays } = segmentLimits({ retentionDays: options.retentionDays }, env)
  const oldest = new Date(now().getTime() - retentionDays * DAY_MS).toISOString().slice(0, 10)
  const since = options.since !== undefined && options.since > oldest ? options.since : oldest
  const days = new Map<string, DayFile>()
  const begun = Date.now()
  try {
    for await (const entry of searchLog(folder, { since: `${since}T00:00:00.000Z` })) {
      const day = entry.timestamp.slice(0, 10)
      const file = days.get(day) ?? new DayFile(folder, day, entry.seq)
      days.set(day, file)
      file.add(entry.seq, mirrorLine(controlPlaneEntryOf(entry)))
    }
    const written: string[] = []
    const foreign: string[] = []
    for (const file of days.values()) {
      const outcome = place(file, begun)
      if (outcome === 'written') written.push(`audit-${file.day}.jsonl`)
      if (outcome === 'foreign') foreign.push(`audit-${file.day}.jsonl`)
    }
    const removed = removeOld(folder, oldest)
    if (written.length + removed.length > 0) syncFolder(folder)
    return { written: written.sort(), removed, foreign: foreign.sort() }
  } catch (error) {
    throw asAuditError(error, 'WRITE_FAILED', `expected to write the readable files in ${folder}`)
  } finally {
    for (const file of days.values()) file.drop()
  }
}

function place(file: DayFile, begun: number): 'written' | 'kept' | 'foreign' {
  const standing = file.standing()
  if (standing.kind === 'foreign') return 'foreign'
  if (standing.kind === 'ours') {
    // The log was pruned: what the file still shows is gone there.
    if (standing.firstSeq < file.firstSeq) return 'kept'
    // Another process was faster and has seen more.
    if (standing.modifiedMs >= begun && (file.standingLast() ?? -1) > file.lastSeq) return 'kept'
  }
  return file.put() ? 'written' : 'kept'
}

function removeOld(folder: string, oldest: string): readonly string[] {
  const names = listed(folder)
  for (const name of names) {
    if (!isDraft(name)) continue
    const stat = lstatSync(join(folder, name), { throwIfNoEntry: false })
    if (stat !== undefined && stat.mtimeMs < Date.now() - DRAFT_MS) rmSync(join(folder, name), { force: true })
  }
  const old = names.filter((name) => {
    const day = dayOf(name)
    return day !== undefined && day < oldest && standingAt(join(folder, name)).kind === 'ours'
  })
  for (const name of old) rmSync(join(folder, name), { force: true })
  return old.sort()
}

function listed(folder: string): readonly string[] {
  return lstatSync(folder, { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folder)
}
