import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { LATEST, readNote } from '../../checkpoint/files.js'
import { searchLines } from '../../reading/search.js'
import type { StandardKind } from '../catalogue/index.js'
import { renderReport } from '../render/render.js'
import { generateReport } from '../report.js'
import { shownEntries } from '../shown.js'
import type { ComplianceReport, ReportOptions } from '../types.js'
import { readmeOf } from './readme.js'
import { tarOf } from './tar.js'
import type { TarFile } from './tar.js'
import { VERIFY_SCRIPT } from './verify-script.js'

/** One file for an auditor who has nothing of ours: a report with what proves it. */
export interface ReportBundle {
  readonly report: ComplianceReport
  /** The folder that everything is in when it is unpacked: `loki-soc2-20260101-20260401`. */
  readonly name: string
  /** A gzipped tar archive. The same log and the same clock give the same bytes. */
  readonly archive: Buffer
  /** Names and digests of what is in it. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[]
}

/**
 * Makes a report and packs it with the entries it shows, their inclusion proofs, the checkpoint, the public key and a script
 * that verifies all that with openssl. Throws as `generateReport` does; a log that does not verify has no proofs, and says so.
 */
export async function bundleReport(kind: StandardKind, options: ReportOptions): Promise<ReportBundle> {
  const report = await generateReport(kind, options)
  const { chain, period, generatedAt, proofs } = report
  const publicKey = chain.checkpoint?.publicKey
  const digits = (moment: string): string => moment.slice(0, 10).replaceAll('-', '')
  const name = `loki-${kind}-${digits(period.from)}-${digits(period.to)}`
  const content: TarFile[] = [
    { name: 'README.md', content: readmeOf(report) },
    { name: 'report.html', content: renderReport(report, 'html') },
    { name: 'report.json', content: renderReport(report, 'json') },
    { name: 'oscal.json', content: renderReport(report, 'oscal') },
    { name: 'entries.jsonl', content: await entriesOf(report) },
    ...proofs.entries.map(({ seq, proof }) => ({ name: `proofs/${seq}.tlog-proof`, content: proof })),
    ...optional('checkpoint', publicKey === undefined ? undefined : checkpointOf(report)),
    ...optional('owner.vkey', publicKey === undefined ? undefined : `${publicKey}\n`),
    { name: 'verify.sh', content: VERIFY_SCRIPT, executable: true },
  ]
  const files = content.map((file) => ({ name: file.name, sha256: sha256(file.content) }))
  const sums = files.map((file) => `${file.sha256}  ${file.name}\n`).join('')
  const all = [...content, { name: 'SHA256SUMS', content: sums }].map((file) => ({
    ...file,
    name: `${name}/${file.name}`,
  }))
  return { report, name, archive: gzipSync(tarOf(all, new Date(generatedAt)), { level: 9 }), files }
}

/** The lines of the entries that the report shows. Proofs hold theirs; the log is read for the others only. */
async function entriesOf({ chain, controls, period, proofs }: ComplianceReport): Promise<string> {
  const shown = new Set(shownEntries(controls).map(({ seq }) => seq))
  const lines = new Map<number, string>()
  for (const { seq, proof } of proofs.entries) lines.set(seq, lineIn(proof))
  let left = shown.size - lines.size
  if (left > 0 && chain.file !== undefined) {
    for await (const line of searchLines(chain.file, { since: period.from, until: period.to })) {
      const { seq } = JSON.parse(line) as { seq: number } // a line of the log
      if (!shown.has(seq) || lines.has(seq)) continue
      lines.set(seq, line)
      left -= 1
      if (left === 0) break // a log that does not verify is read no further than it must
    }
  }
  return [...lines]
    .sort(([a], [b]) => a - b)
    .map(([, line]) => `${line}\n`)
    .join('')
}

function lineIn(proof: string): string {
  const extra = proof.slice(proof.indexOf('\nextra ') + '\nextra '.length)
  return Buffer.from(extra.slice(0, extra.indexOf('\n')), 'base64').toString('utf8')
}

function checkpointOf({ chain: { file } }: ComplianceReport): string | undefined {
  return file === undefined ? undefined : readNote(join(dirname(file), LATEST))
}

function optional(name: string, content: string | undefined): readonly TarFile[] {
  return content === undefined ? [] : [{ name, content }]
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
