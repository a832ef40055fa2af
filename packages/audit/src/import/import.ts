import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { asAuditError, AuditError } from '../error.js'
import { draftOf } from '../format/draft.js'
import { searchLog } from '../reading/search.js'
import type { AuditInput, JsonObject } from '../types.js'
import { FINISHED, IMPORTED, KnownLines } from './known.js'
import { OldFile } from './lines.js'
import type { RawLine } from './lines.js'
import { bad, formatOf, openChain } from './old-log.js'
import type { OldChain, OldLine } from './old-log.js'
import { sourcesOf } from './sources.js'
import { Tally } from './tally.js'
import type { ImportedFile, ImportOptions, ImportResult } from './types.js'
import { Witness } from './witness.js'

/** Records that wait for the disk together. */
const BATCH = 256
const PROGRESS_LINES = 1000
/** Texts of an old line beyond the line itself. */
const MAX_TEXT = 512
/** The moment that a size is tried with: all have one length. */
const SOME_MOMENT = '2026-01-01T00:00:00.000Z'

/**
 * Imports old logs of loki-mode as evidence: judges each line by the old log's own hashes and records it, whatever that
 * says, as an entry `imported.entry`, and a summary for each file as `import.finished`. What is on the log already is
 * not recorded again. Streams; throws an AuditError where something cannot be read or recorded, and may then be repeated.
 */
export async function importLog(options: ImportOptions): Promise<ImportResult> {
  const { from, log } = options
  const dryRun = options.dryRun === true || !log.enabled
  const { files, skipped } = sourcesOf(from, log.dir)
  const left = [...skipped]
  const done: ImportedFile[] = []
  let chain: OldChain | undefined
  for (const file of files) {
    const importer = new FileImporter(file, { ...options, dryRun }, chain)
    const result = await importer.run()
    if (result === 'own') {
      const reason = 'a log of this version'
      if (files.length === 1) throw new AuditError('INVALID_INPUT', `expected an old log, got ${reason}: ${file}`)
      left.push({ file, reason })
    } else {
      done.push(result)
      chain = importer.chain ?? chain
    }
  }
  return { dryRun, files: done, skipped: left }
}

class FileImporter {
  chain: OldChain | undefined
  readonly #file: string
  readonly #options: ImportOptions
  readonly #before: OldChain | undefined
  readonly #tally = new Tally()
  #known = new KnownLines()
  #origin: string | null = null
  #pending: Promise<unknown>[] = []

  constructor(file: string, options: ImportOptions, before: OldChain | undefined) {
    this.#file = file
    this.#options = options
    this.#before = before
  }

  async run(): Promise<ImportedFile | 'own'> {
    const handle = await open(this.#file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
      throw asAuditError(error, 'READ_FAILED', `expected to read ${this.#file}`)
    })
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new AuditError('READ_FAILED', `expected ${this.#file} to be an ordinary file`)
      return await this.#read(new OldFile(handle, stat.size))
    } finally {
      await Promise.allSettled(this.#pending)
      await handle.close()
    }
  }

  async #read(source: OldFile): Promise<ImportedFile | 'own'> {
    const { signal, onProgress } = this.#options
    const witness = Witness.beside(this.#file)
    let entries = 0
    for await (const line of source.lines()) {
      signal?.throwIfAborted()
      if (this.#origin === null) {
        if (line.text !== undefined && formatOf(line.text) === 'own') return 'own'
        this.#origin = line.sha256
        const { dir } = this.#options.log
        if (dir !== undefined) this.#known = await KnownLines.load(dir, line.sha256)
      }
      this.#tally.lines += 1
      if (line.text?.trim() === '') {
        this.#tally.blank += 1
        continue
      }
      const judged = this.#judge(line)
      entries += 1
      witness?.see(entries, judged.hash)
      this.#tally.see(line.number, judged)
      await this.#take(line, judged)
      if (line.number % PROGRESS_LINES === 0) this.#progress(source)
    }
    await this.#flush()
    if (onProgress !== undefined) this.#progress(source)
    const result = this.#tally.result({
      file: this.#file,
      format: this.chain?.format ?? null,
      bytes: source.read,
      sha256: source.sha256(),
      origin: this.#origin,
      witness: this.chain?.format === 'agent' ? (witness?.result() ?? null) : null,
    })
    if (this.#options.dryRun !== true) await this.#finish(result)
    return result
  }

  #judge(line: RawLine): OldLine {
    if (line.text === undefined) {
      this.chain?.lost()
      return bad([line.flaw ?? 'not-json'])
    }
    if (this.chain === undefined) {
      const format = formatOf(line.text)
      if (format !== undefined && format !== 'own') {
        this.chain = openChain(format, this.#before)
        // What stood before the first line that can be read is no predecessor of it.
        if (this.#tally.lines - this.#tally.blank > 1) this.chain.lost()
      }
    }
    const judged = this.chain?.see(line.text) ?? bad(['not-json'])
    if (line.ended) return judged
    // Whoever wrote it was interrupted; what follows would be written onto it.
    return { ...judged, verdict: 'defective', defects: [...judged.defects, 'no-line-end'] }
  }

  async #take(line: RawLine, judged: OldLine): Promise<void> {
    if (this.#known.has(line.number, line.sha256)) {
      this.#tally.already += 1
      return
    }
    this.#tally.imported += 1
    if (this.#options.dryRun === true) return
    const record = this.#recorded(this.#inputOf(line, judged))
    record.catch(() => undefined) // it is awaited with its batch
    this.#pending.push(record)
    if (this.#pending.length >= BATCH) await this.#flush()
  }

  /** A log that only raises an alarm when it cannot write is not enough here: what was lost would count as imported. */
  async #recorded(input: AuditInput): Promise<void> {
    if ((await this.#options.log.record(input)) !== undefined) return
    throw new AuditError('WRITE_FAILED', `expected the log to record ${input.what}; import again once it can`)
  }

  async #flush(): Promise<void> {
    const batch = this.#pending
    this.#pending = []
    await Promise.all(batch)
  }

  #inputOf(line: RawLine, judged: OldLine): AuditInput {
    const raw = line.text === undefined ? undefined : this.#redacted(line.text)
    const imported: JsonObject = {
      format: this.chain?.format ?? null,
      origin: this.#origin,
      line: line.number,
      bytes: line.bytes,
      sha256: line.sha256,
      hash: shortened(judged.hash),
      previous_hash: shortened(judged.previousHash),
      verdict: judged.verdict,
      ...(judged.defects.length === 0 ? {} : { defects: judged.defects }),
      ...(raw === undefined || raw === line.text ? {} : { redacted: true }),
    }
    const says = Object.fromEntries(
      Object.entries(judged.says).map(([name, text]) => [name, text === null ? null : shortened(this.#redacted(text))]),
    )
    const input = { who: this.#options.who, what: IMPORTED, where: `${basename(this.#file)}:${line.number}` }
    const whole = { ...input, metadata: { imported, entry: says, raw: raw ?? null } }
    return fits(whole)
      ? whole
      : { ...input, metadata: { imported: { ...imported, kept: false }, entry: says, raw: null } }
  }

  #redacted(text: string): string {
    const { redact } = this.#options
    return (redact === undefined ? text : redact(text)).toWellFormed()
  }

  #progress({ read, size }: OldFile): void {
    const { lines } = this.#tally
    this.#options.onProgress?.({ file: this.#file, lines, bytes: read, total: size })
  }

  /** A file that was imported to its end before is not recorded again. */
  async #finish(result: ImportedFile): Promise<void> {
    const { log, who } = this.#options
    const { file, ...facts } = result
    if (result.imported === 0 && log.dir !== undefined) {
      for await (const { metadata } of searchLog(log.dir, { what: FINISHED, text: result.sha256 })) {
        if (metadata?.sha256 === result.sha256) return
      }
    }
    await this.#recorded({
      who,
      what: FINISHED,
      where: file,
      metadata: { ...facts, examples: facts.examples.map(({ line, defects }) => ({ line, defects })) },
    })
  }
}

function shortened(text: string | null): string | null {
  if (text === null) return null
  return (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`).toWellFormed()
}

function fits(input: AuditInput): boolean {
  try {
    draftOf(input, SOME_MOMENT)
    return true
  } catch (error) {
    if (error instanceof AuditError && error.code === 'TOO_LARGE') return false
    throw error
  }
}
