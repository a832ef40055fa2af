import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { countLog, searchLines } from '@loki/audit'
import type { AuditEntry, AuditQuery } from '@loki/audit'
import type { Format } from '@loki/audit/forward'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import type { Call } from '../program/define.js'
import { plain } from '../text.js'
import { csvHead, csvRow } from './audit-csv.js'
import { queryOf, text } from './audit-query.js'
import type { AuditQueryOptions } from './audit-query.js'
import { onRecord } from './audit-reading.js'
import type { Found } from './audit-reading.js'
import { writeWhole } from './audit-file.js'

type ExportFormat = 'jsonl' | 'csv' | Exclude<Format, 'json'>

export interface AuditExportOptions extends AuditQueryOptions {
  readonly format?: ExportFormat
  readonly output?: string
}

/** Bytes that are handed on at once. */
const BATCH = 64 * 1024

/** `loki audit export`: entries in the form of another program. Flat in memory, however many there are. */
export async function exportLog(call: Call<AuditExportOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const format = options.format ?? 'jsonl'
  const file = options.output === undefined ? undefined : resolve(text('--output', options.output))
  const query = queryOf(options)
  const more = { format, ...(file === undefined ? {} : { file }) }
  const interruption = file === undefined ? undefined : call.interrupted() // what is half written must go
  const read = async (dir: string): Promise<Found> => {
    const rendered = new Rendering(
      await rowsOf(dir, { query, format }),
      file === undefined && output.columns !== undefined,
    )
    const chunks = await begun(rendered.chunks())
    const print = async (): Promise<void> => {
      if (file === undefined) await pipeline(Readable.from(chunks), process.stdout, { end: false })
      else await writeWhole(file, chunks, interruption?.signal)
      output.note(`${countOf(rendered.entries, 'entry', 'entries')}, sha256 ${rendered.sha256()}`)
    }
    return { entries: await countLog(dir, query), print }
  }
  try {
    await onRecord({ output, projectDir, reading: { command: 'export', query, more } }, read)
  } catch (error) {
    if (interruption?.signal.aborted !== true) throw error
  }
  return interruption?.exit()
}

/** The same chunks, with the log open already: it is read as it is now, without the record of this reading. */
async function begun(chunks: AsyncGenerator<string>): Promise<AsyncIterable<string>> {
  const first = await chunks.next()
  return (async function* () {
    if (first.done !== true) yield first.value
    yield* chunks
  })()
}

interface Rows {
  readonly head: string | undefined
  readonly rows: AsyncIterable<string>
}

async function rowsOf(
  dir: string,
  { query, format }: { readonly query: AuditQuery; readonly format: ExportFormat },
): Promise<Rows> {
  const lines = searchLines(dir, query)
  if (format === 'jsonl') return { head: undefined, rows: mapped(lines, (line) => `${line}\n`) }
  if (format === 'csv') return { head: csvHead(), rows: mapped(lines, (line) => csvRow(entryOf(line))) }
  const { render } = await import('@loki/audit/forward')
  return { head: undefined, rows: mapped(lines, (line) => `${render({ entry: entryOf(line), line }, format)}\n`) }
}

async function* mapped(lines: AsyncIterable<string>, change: (line: string) => string): AsyncGenerator<string> {
  for await (const line of lines) yield change(line)
}

function entryOf(line: string): AuditEntry {
  return JSON.parse(line) as AuditEntry // the log's reader has checked the line
}

/** Rows on their way out, in batches, counted and hashed. */
class Rendering {
  entries = 0
  readonly #rows: Rows
  readonly #forTerminal: boolean
  readonly #hash = createHash('sha256')

  constructor(rows: Rows, forTerminal: boolean) {
    this.#rows = rows
    this.#forTerminal = forTerminal
  }

  async *chunks(): AsyncGenerator<string> {
    let batch = this.#row(this.#rows.head ?? '')
    for await (const row of this.#rows.rows) {
      this.entries += 1
      batch += this.#row(row)
      if (batch.length < BATCH) continue
      this.#hash.update(batch)
      yield batch
      batch = ''
    }
    this.#hash.update(batch)
    if (batch !== '') yield batch
  }

  sha256(): string {
    return this.#hash.digest('hex')
  }

  /** A program gets the bytes as they are; on a terminal nothing may act. */
  #row(row: string): string {
    return this.#forTerminal && row !== '' ? `${plain(row.trimEnd())}\n` : row
  }
}
