import { AuditError, importLog, openAudit } from '@loki/audit'
import type { ImportedFile, ImportProgress, ImportResult } from '@loki/audit'
import { redact } from '@loki/policies'
import { cliPrincipal } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { readableLog } from './audit-reading.js'

export interface AuditImportOptions {
  readonly dryRun?: boolean
}

/** How often a long import tells how far it is. */
const TELL_MS = 2000

/** `loki audit import`: an old log, as evidence. Ends with 7 where it contradicts itself; it is imported all the same. */
export async function importOld(call: Call<AuditImportOptions>): Promise<ExitName | undefined> {
  const { output, options, args, projectDir } = call
  const from = args[0] ?? ''
  const interruption = call.interrupted()
  const log = openAudit({ dir: readableLog(projectDir), enabled: true })
  try {
    const result = await importLog({
      from,
      log,
      who: cliPrincipal(),
      dryRun: options.dryRun === true,
      redact,
      onProgress: progressTo(output),
      signal: interruption.signal,
    })
    if (output.json) output.record(result)
    else output.data(told(output, result))
    const sound = result.files.every(({ defective, witness }) => defective === 0 && !denies(witness))
    return sound ? 'done' : 'brokenChain'
  } catch (error) {
    if (interruption.signal.aborted) {
      output.note('Interrupted. What was imported is on the log; the same command goes on there.')
      return interruption.exit()
    }
    if (!(error instanceof AuditError)) throw error
    if (error.code === 'INVALID_INPUT') throw usageError(`${plain(error.message)}.`)
    throw new CliError(error.code, error.message, { cause: error })
  } finally {
    await log.close()
  }
}

function progressTo(output: Output): (progress: ImportProgress) => void {
  let next = performance.now() + TELL_MS
  return ({ file, lines, bytes, total }) => {
    if (performance.now() < next) return
    next = performance.now() + TELL_MS
    const share = total === 0 ? 100 : Math.floor((bytes / total) * 100)
    output.note(output.noteColor.dim(`${plain(file)}: ${countOf(lines, 'line')}, ${share} %`))
  }
}

function told(output: Output, { dryRun, files, skipped }: ImportResult): string {
  return [
    ...files.map((file) => fileText(output, file, dryRun)),
    ...skipped.map(({ file, reason }) => `${plain(file)}: left out, ${reason}`),
  ].join('\n')
}

function fileText({ color }: Output, found: ImportedFile, dryRun: boolean): string {
  const { file, format, lines, imported, already, verified, unverifiable, defective, defects, examples, witness } =
    found
  const mark = defective > 0 || denies(witness) ? color.red('✗') : color.green('✓')
  const kinds = Object.entries(defects).map(([name, count]) => `${name} ${count}`)
  const where = examples.map(({ line }) => line).join(', ')
  return [
    `${mark} ${plain(file)} (${format ?? 'no known log'}): ${countOf(lines, 'line')}, ${dryRun ? 'would import' : 'imported'} ${imported}${already === 0 ? '' : `, ${already} already there`}`,
    color.dim(`  by its own hashes: ${verified} verified, ${unverifiable} unverifiable, ${defective} defective`),
    ...(kinds.length === 0 ? [] : [`  ${kinds.join(', ')}${where === '' ? '' : `; lines ${where}`}`]),
    ...(denies(witness)
      ? [
          color.red(
            `  its witness contradicts it: ${witness?.contradict ?? 0} times, and ${witness?.beyond ?? 0} times saw more entries`,
          ),
        ]
      : []),
  ].join('\n')
}

function denies(witness: ImportedFile['witness']): boolean {
  return witness !== null && witness.contradict + witness.beyond > 0
}
