import { existsSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { AuditError } from '@loki/audit'
import { generateReport, isStandardKind, renderReport, reportFormats, standards } from '@loki/audit/compliance'
import type { ComplianceReport, ReportFormat, ReportOptions, StandardKind } from '@loki/audit/compliance'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import { table } from '../output.js'
import type { Call } from '../program/define.js'
import { readableLog, recordReading } from './audit-reading.js'

export interface ComplianceOptions {
  readonly from?: string
  readonly to?: string
  readonly format?: string
  readonly key?: string
  readonly output?: string
}

const DEFAULT_MS = 90 * 86_400_000

/** `loki compliance report`: to standard output, or to a file that does not exist yet. */
export async function report(call: Call<ComplianceOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const kind = kindOf(args[0])
  const format = formatOf(options.format, output.json)
  if (options.output !== undefined && existsSync(options.output)) throw taken(options.output)
  const log = readableLog(projectDir)
  const about = { log, projectName: basename(projectDir), verify: { publicKey: options.key } }
  const made = await reporting(() => generateReport(kind, { ...about, ...periodOf(options) }))
  const text = renderReport(made, format)
  if (options.output === undefined) output.data(text.trimEnd())
  else save(options.output, text)
  for (const warning of made.warnings) output.note(output.noteColor.yellow(warning))
  if (options.output !== undefined) {
    output.note(`${options.output}: ${countOf(made.controls.length, 'control')}, ${summaryOf(made)}.`)
  }
  if (!made.chain.valid) return 'brokenChain' // nothing is added to a log that is evidence of a change
  const query = { since: made.period.from, until: made.period.to }
  const reading = { command: 'compliance report', query, more: { standard: kind, format } }
  await recordReading(log, { output, projectDir, reading }, { ok: true, entries: made.completeness.inPeriod })
  return 'done'
}

/** `loki compliance list`. */
export function list({ output }: Call<unknown>): Promise<ExitName | undefined> {
  const rows = Object.entries(standards).map(([name, { title, edition, controls }]) => ({
    name,
    title,
    edition,
    controls: controls.length,
  }))
  if (output.json) for (const row of rows) output.record(row)
  else {
    output.data(
      table(output, rows, [
        { title: 'NAME', value: ({ name }) => name },
        { title: 'CONTROLS', value: ({ controls }) => String(controls) },
        { title: 'STANDARD', value: ({ title }) => title },
        { title: 'EDITION', value: ({ edition }) => edition },
      ]),
    )
  }
  return Promise.resolve('done')
}

/** The period that was asked for: by default the 90 days before its end, which is by default now. */
export function periodOf({ from, to }: Pick<ComplianceOptions, 'from' | 'to'>): Pick<ReportOptions, 'from' | 'to'> {
  const end = to ?? new Date()
  return { from: from ?? new Date(new Date(end).getTime() - DEFAULT_MS), to: end }
}

/** What the audit package refuses, in the words of the command line. */
export async function reporting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AuditError)) throw error
    // The clock and the standard are ours: what was malformed is what was typed, the end before the begin made of it.
    if (error.code === 'INVALID_INPUT' || error.code === 'INVALID_KEY')
      throw usageError(sentence(error.message.replace(/\b(from|to) (?=to be)/, '--$1 ')))
    throw new CliError('NO_LOG', sentence(error.message), {
      cause: error,
      next: 'Something is recorded with the first action of an agent, or: loki demo',
    })
  }
}

/** A standard by its name. */
export function kindOf(text: string | undefined): StandardKind {
  if (text !== undefined && isStandardKind(text)) return text
  throw usageError(
    `There is no standard ${JSON.stringify(text ?? '')}.`,
    `One of: ${Object.keys(standards).join(', ')}.`,
  )
}

function formatOf(text: string | undefined, json: boolean): ReportFormat {
  if (text === undefined) return json ? 'json' : 'md'
  const format = reportFormats.find((known) => known === text)
  if (format === undefined) throw usageError(`--format takes ${reportFormats.join(', ')}; got ${JSON.stringify(text)}.`)
  if (json && format !== 'json' && format !== 'oscal')
    throw usageError(`--json and --format ${format} exclude each other.`)
  return format
}

/** Never over an existing file: it may be the log, or a report that someone signed off. */
export function save(path: string, content: string | Buffer): void {
  try {
    writeFileSync(resolve(path), content, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    if (exists) throw taken(path)
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError('NOT_WRITTEN', `The report could not be written: ${reason}.`, { cause: error })
  }
}

/** The error of a file that is there already. */
export function taken(path: string): CliError {
  return usageError(`${path} exists already, and a report is never written over a file.`, 'Choose another name.')
}

/** How many controls have which verdict. */
export function summaryOf({ summary }: ComplianceReport): string {
  return Object.entries(summary)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ')
}

function sentence(message: string): string {
  return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`
}
