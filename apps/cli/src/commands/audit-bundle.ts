import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { bundleReport } from '@loki/audit/compliance'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { readableLog, recordReading } from './audit-reading.js'
import { kindOf, periodOf, reporting, save, summaryOf, taken } from './compliance.js'

export interface AuditBundleOptions {
  readonly standard: string
  readonly from?: string
  readonly to?: string
  readonly key?: string
  readonly output: string
}

/** `loki audit bundle`: one file for an auditor. Ends with 7 where the chain is broken; the bundle then says so. */
export async function bundle(call: Call<AuditBundleOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const kind = kindOf(options.standard)
  if (existsSync(options.output)) throw taken(options.output)
  const log = readableLog(projectDir)
  const about = { log, projectName: basename(projectDir), verify: { publicKey: options.key } }
  const { report, name, archive, files } = await reporting(() => bundleReport(kind, { ...about, ...periodOf(options) }))
  save(options.output, archive)
  const { chain, proofs, warnings, completeness, period } = report
  const sha256 = createHash('sha256').update(archive).digest('hex')
  const facts = { file: options.output, sha256, bytes: archive.length, proven: proofs.entries.length, gap: proofs.gap }
  if (output.json) output.record({ ...facts, name, files, warnings, summary: report.summary, chain })
  else {
    output.data(`${plain(options.output)}: ${countOf(archive.length, 'byte')}, sha256 ${sha256}`)
    output.note(
      `${countOf(report.controls.length, 'control')}, ${summaryOf(report)}; ${proofs.entries.length} entries proven.`,
    )
    for (const warning of warnings) output.note(output.noteColor.yellow(plain(warning)))
    if (proofs.gap !== null) output.note(output.noteColor.yellow(plain(proofs.gap)))
    if (proofs.entries.length > 0) {
      output.note(
        output.noteColor.dim(
          `Whoever gets it: tar -xzf ${plain(options.output)} && sh ${name}/verify.sh '<your public key>'`,
        ),
      )
    }
  }
  if (!chain.valid) return 'brokenChain' // nothing is added to a log that is evidence of a change
  const query = { since: period.from, until: period.to }
  const reading = { command: 'bundle', query, more: { standard: kind, sha256 } }
  await recordReading(log, { output, projectDir, reading }, { ok: true, entries: completeness.inPeriod })
  return 'done'
}
