import { AuditError, asAuditError, systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { scanLine } from '../format/scan-line.js'
import type { AuditEntry, AuditFilter } from '../types.js'
import { Blocks } from './blocks.js'

/** Streams the entries of a log; a last line without its end is left out, for a writer may be in the middle of it. */
export async function* readLog(file: string, filter: AuditFilter): AsyncGenerator<AuditEntry, void, undefined> {
  const since = momentOf(filter.since, 'since')
  const until = momentOf(filter.until, 'until')
  let blocks: Blocks | undefined
  let line = 0
  try {
    blocks = new Blocks(file)
    const { buffer } = blocks
    for (let end = await blocks.next(); end > 0; end = await blocks.next()) {
      for (let start = 0; start < end;) {
        const lf = buffer.indexOf(0x0a, start)
        line++
        const entry = parse(buffer, start, lf)
        if (entry === undefined) throw damaged(file, line)
        start = lf + 1
        // Timestamps all have one form, so the order of their text is the order of time.
        if (filter.who !== undefined && entry.who !== filter.who) continue
        if (filter.what !== undefined && entry.what !== filter.what) continue
        if (since !== undefined && entry.timestamp < since) continue
        if (until !== undefined && entry.timestamp >= until) continue
        yield entry
      }
    }
    if (blocks.remainder > MAX_LINE) throw damaged(file, line + 1)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  } finally {
    blocks?.close()
  }
}

function parse(buffer: Buffer, start: number, end: number): AuditEntry | undefined {
  if (scanLine(buffer, start, end) === undefined) return undefined
  const entry = JSON.parse(buffer.toString('utf8', start, end)) as AuditEntry // scanned: exactly the nine fields
  const { seq, timestamp, who, what, where, why, metadata, previousHash, hash } = entry
  return { seq, timestamp, who, what, where, why, metadata, previousHash, hash }
}

function damaged(file: string, line: number): AuditError {
  return new AuditError(
    'LOG_DAMAGED',
    `expected an audit entry at line ${line} of ${file}, got something else; verify the log`,
  )
}

function momentOf(value: Date | string | undefined, name: string): string | undefined {
  if (value === undefined) return undefined
  const date = new Date(value)
  if (!Number.isNaN(date.getTime())) return date.toISOString()
  throw new AuditError(
    'INVALID_INPUT',
    `expected ${name} to be a date such as 2026-01-31T12:00:00Z, got ${String(value)}`,
  )
}
