import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LOG_NAME } from './chain/name.js'
import { AuditError } from './error.js'
import { tryLock } from './lock/lock.js'
import { openAudit } from './open.js'
import { segmentsFolder } from './segments/names.js'
import { planPrune, pruneSegments } from './segments/prune.js'
import type { PruneReport } from './segments/prune.js'
import { segmentLimits } from './settings.js'
import type { AuditOptions } from './types.js'

/** How to prune the log of one folder; the rest as for `openAudit`. */
export interface PruneOptions extends Omit<AuditOptions, 'dir' | 'enabled'> {
  /** Only tells what would go. */
  readonly dryRun?: boolean | undefined
}

/**
 * Removes closed segments that are older than `retentionDays` and not among the last `maxFiles`, and that a signed checkpoint
 * covers where the log is signed; puts an entry on the chain and a tombstone in their place, so that the log still verifies.
 * The writer of a log does the same after each rotation. Throws an AuditError, `LOCK_UNAVAILABLE` where another process is
 * at it.
 */
export async function pruneLog(dir: string, options: PruneOptions = {}): Promise<PruneReport> {
  const { dryRun = false, ...rest } = options
  const file = join(dir, LOG_NAME)
  const limits = segmentLimits(options, options.env ?? process.env)
  const now = (options.now ?? (() => new Date()))()
  const plan = planPrune(file, { limits, now })
  if (dryRun || plan.segments.length === 0) return { ...plan, dryRun }
  const log = openAudit({ ...rest, dir, enabled: true })
  if (!log.enabled || !existsSync(segmentsFolder(file))) return { ...plan, dryRun: true }
  const lock = await tryLock(segmentsFolder(file))
  if (lock === undefined) {
    throw new AuditError('LOCK_UNAVAILABLE', `expected to be alone at the segments of ${dir}; try again in a moment`)
  }
  try {
    const record = async (input: Parameters<typeof log.record>[0]): Promise<{ readonly seq: number }> => {
      const entry = await log.record(input)
      if (entry !== undefined) return entry
      throw new AuditError('CLOSED', 'expected the tombstone to be recorded, but auditing is off')
    }
    return await pruneSegments(file, { limits, now, record })
  } finally {
    await lock.release()
    await log.close()
  }
}
