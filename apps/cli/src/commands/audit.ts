import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { AuditError, verifyLog } from '@loki/audit'
import type { ChainReport } from '@loki/audit'
import { auditFolder, existingFile } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'

export interface AuditVerifyOptions {
  readonly fast?: boolean
  readonly key?: string
  readonly anchor?: readonly string[]
  readonly witness?: readonly string[]
}

/** `loki audit verify`. */
export async function verify(call: Call<AuditVerifyOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const named = args[0]
  if (named !== undefined && !existsSync(named)) {
    throw usageError(`${named} does not exist.`, 'Name a log file, or the folder that holds one.')
  }
  const report = await verifyLog(named === undefined ? auditFolder(projectDir) : resolve(named), {
    mode: options.fast === true ? 'fast' : 'strict',
    publicKey: options.key,
    anchors: options.anchor?.map((file) => existingFile(file)),
    witnesses: options.witness,
  }).catch((error: unknown) => {
    if (error instanceof AuditError && error.code === 'INVALID_KEY') throw usageError(error.message)
    throw error
  })
  const nothingThere = report.line === null && (report.code === 'MISSING' || report.code === 'UNREADABLE')
  if (output.json) output.record(report)
  else if (report.valid) output.data(soundText(output, report))
  else if (!nothingThere) {
    output.data(`${output.color.red('✗ broken')}  ${plain(report.error ?? report.summary)}`)
    const before = `${countOf(report.entries, 'entry', 'entries')} before it verified. `
    output.note(output.noteColor.dim(`${report.line === null ? '' : before}Keep everything as it is: it is evidence.`))
  }
  if (report.valid) return 'done'
  if (!nothingThere) return 'brokenChain'
  if (output.json) return 'failed'
  throw new CliError('NO_LOG', report.error ?? 'There is no log.', {
    next: 'Something is recorded with the first action of an agent, or: loki demo',
  })
}

/** What holds, and how far: a chain alone does not say that nothing was cut off. */
function soundText(output: Output, report: ChainReport): string {
  const { dim, green } = output.color
  const { entries, file, head, summary } = report
  return [
    `${green('✓ valid')}  ${countOf(entries, 'entry', 'entries')} in ${plain(file ?? '')}`,
    dim(`  ${plain(summary)}`),
    ...(head === null ? [] : [dim(`  head: entry ${head.seq}, ${head.hash}`)]),
  ].join('\n')
}
