import { AuditError, pruneLog } from '@loki/audit'
import type { PruneReport } from '@loki/audit'
import { CliError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { readableLog } from './audit-reading.js'

export interface AuditPruneOptions {
  readonly dryRun?: boolean
}

/** `loki audit prune`. */
export async function prune({ output, options, projectDir }: Call<AuditPruneOptions>): Promise<ExitName | undefined> {
  const dir = readableLog(projectDir)
  const report = await pruneLog(dir, { dryRun: options.dryRun === true, checkpoints: 'auto' }).catch(
    (error: unknown) => {
      if (error instanceof AuditError) throw new CliError('PRUNE_REFUSED', error.message, { cause: error })
      throw error
    },
  )
  if (output.json) output.record(report)
  else output.data(textOf(output, report))
  return 'done'
}

function textOf(output: Output, report: PruneReport): string {
  const { dim } = output.color
  const { segments, kept, unsigned, seq, dryRun } = report
  const waiting =
    unsigned === 0
      ? []
      : [dim(`  ${countOf(unsigned, 'segment', 'segments')} old enough, but not covered by a checkpoint yet`)]
  const stay = countOf(kept, 'closed segment stays', 'closed segments stay')
  if (segments.length === 0) return [`Nothing to prune; ${stay}.`, ...waiting].join('\n')
  const lines = segments.map(
    ({ number, firstSeq, entries, closedAt }) =>
      `  segment ${number}: entries ${firstSeq} to ${firstSeq + entries - 1}, closed ${closedAt.slice(0, 10)}`,
  )
  const done = dryRun ? 'Would prune' : 'Pruned'
  const tombstone = seq === null ? [] : [dim(`  the tombstone is entry ${seq}`)]
  return [
    `${done} ${countOf(segments.length, 'segment', 'segments')}; ${stay}.`,
    ...lines,
    ...tombstone,
    ...waiting,
  ].join('\n')
}
