import { createInterface } from 'node:readline/promises'
import { AuditError, erasePersonal, sweepPersonal } from '@loki/audit'
import type { AuditLog, Sweep } from '@loki/audit'
import { cliPrincipal } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'
import { plain } from '../text.js'
import { text, wholeNumber } from './audit-query.js'
import { readableLog } from './audit-reading.js'

export interface AuditEraseOptions {
  readonly reason: string
  readonly requestedBy?: string
  readonly yes?: boolean
}

export interface AuditSweepOptions {
  readonly dryRun?: boolean
}

/** `loki audit erase`: the personal payload of one entry, for good. */
export async function erase(call: Call<AuditEraseOptions>): Promise<ExitName | undefined> {
  const { output, options, args } = call
  const seq = wholeNumber(args[0] ?? '', 'An entry number', [0, Number.MAX_SAFE_INTEGER])
  const reason = text('--reason', options.reason.trim())
  const requestedBy = options.requestedBy === undefined ? undefined : text('--requested-by', options.requestedBy)
  if (options.yes !== true && !(await confirmed(call, seq))) {
    output.note('Nothing was erased.')
    return 'failed'
  }
  const erasure = await withLog(call, (log) => erasePersonal(log, { seq, who: cliPrincipal(), reason, requestedBy }))
  if (output.json) output.record(erasure)
  else if (erasure !== undefined) {
    const { removed, record } = erasure
    output.data(
      removed
        ? `The personal payload of entry ${seq} is erased; entry ${record.seq} says so.`
        : `The personal payload of entry ${seq} was gone already; entry ${record.seq} says so.`,
    )
    output.note(output.noteColor.dim('Copies in backups and snapshots are not: erase those too.'))
  }
  return undefined
}

/** `loki audit sweep`: personal payloads that belong to no entry, or that came back after they were erased. */
export async function sweep(call: Call<AuditSweepOptions>): Promise<ExitName | undefined> {
  const { output, options } = call
  const dryRun = options.dryRun === true
  const swept = await withLog(call, (log) => sweepPersonal(log, { who: cliPrincipal(), dryRun }))
  if (output.json) output.record({ dryRun, ...swept })
  else output.data(sweptText(swept, dryRun))
  return undefined
}

function sweptText({ orphans, returned, unfinished, kept }: Sweep, dryRun: boolean): string {
  const found = [
    `${countOf(orphans.length, 'payload')} of no entry`,
    `${returned.length} that came back after being erased`,
    `${unfinished.length} unfinished`,
  ]
  return `${dryRun ? 'Would remove' : 'Removed'} ${found.join(', ')}; ${kept} kept.`
}

async function withLog<T>(call: Call<unknown>, work: (log: AuditLog) => Promise<T>): Promise<T> {
  const log = openProjectLog(call.projectDir, { dir: readableLog(call.projectDir) })
  try {
    return await work(log)
  } catch (error) {
    if (!(error instanceof AuditError)) throw error
    if (error.code === 'INVALID_INPUT') throw new CliError('NOT_ERASED', `Nothing was erased: ${error.message}.`)
    throw error
  } finally {
    await log.close()
  }
}

async function confirmed({ output, interrupted }: Call<unknown>, seq: number): Promise<boolean> {
  if (!process.stdin.isTTY || output.json) {
    throw usageError('Erasing asks first, and nobody can answer here.', 'Say --yes where it is meant.')
  }
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const { signal } = interrupted()
    const answer = await reader.question(plain(`Erase the personal payload of entry ${seq} for good? [y/N] `), {
      signal,
    })
    return /^y(es)?$/i.test(answer.trim())
  } catch {
    return false // interrupted
  } finally {
    reader.close()
  }
}
