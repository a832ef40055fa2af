import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'
import type { ChainDefect, ChainReport } from '../types.js'
import { Blocks } from './blocks.js'

/** Name of the log inside its folder. */
export const LOG_NAME = 'audit.jsonl'

/**
 * Verifies a log without opening it for writing: a file, or a folder that holds `audit.jsonl`.
 * Reports rather than throws. What was cut off behind the last line cannot be seen from the file alone.
 */
export async function verifyLog(path: string): Promise<ChainReport> {
  let file = resolve(path)
  let blocks: Blocks | undefined
  try {
    if (statSync(file).isDirectory()) file = join(file, LOG_NAME)
    if (!statSync(file).isFile()) return broken(file, 'UNREADABLE', `${file} is not a regular file`)
    blocks = new Blocks(file)
    return await verifyBlocks(blocks, file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') {
      return broken(file, 'MISSING', `there is no log at ${file}: nothing was recorded yet, or it was removed`)
    }
    return broken(
      file,
      'UNREADABLE',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  } finally {
    blocks?.close()
  }
}

/** The report of a log that was not looked at. */
export function disabledReport(): ChainReport {
  const error =
    'audit is disabled: set LOKI_ENTERPRISE_AUDIT=true or LOKI_AUDIT_DIR, and leave LOKI_AUDIT_DISABLED unset'
  return { ...broken(undefined, 'DISABLED', error), enabled: false }
}

async function verifyBlocks(blocks: Blocks, file: string): Promise<ChainReport> {
  if (blocks.size === 0) {
    return broken(file, 'MISSING', `${file} is empty: nothing was recorded yet, or it was emptied`)
  }
  const { buffer } = blocks
  let entries = 0
  let last = GENESIS
  const defect = (code: ChainDefect, error: string): ChainReport => ({
    ...broken(file, code, `entry ${entries} (line ${entries + 1}) of ${file} does not verify: ${error}`),
    entries,
    brokenAt: entries,
    line: entries + 1,
    head: headOf(entries, last),
  })
  for (let end = await blocks.next(); end > 0; end = await blocks.next()) {
    for (let start = 0; start < end;) {
      const lf = buffer.indexOf(0x0a, start)
      const link = checkLine(buffer, start, lf)
      if ('code' in link) return defect(link.code, link.error)
      if (link.seq !== entries) return defect('SEQ_GAP', `expected seq ${entries}, got ${link.seq}`)
      if (link.previous !== last)
        return defect('CHAIN_BROKEN', 'its previousHash is not the hash of the entry before it')
      last = link.hash
      entries++
      start = lf + 1
    }
  }
  if (blocks.remainder > MAX_LINE) return defect('NOT_CANONICAL', `it is longer than ${MAX_LINE} bytes`)
  if (blocks.remainder > 0) {
    return defect(
      'TORN_TAIL',
      `the last line has no end after ${blocks.remainder} bytes; a writer was interrupted there`,
    )
  }
  const head = headOf(entries, last)
  return { valid: true, enabled: true, file, entries, brokenAt: null, line: null, code: null, error: null, head }
}

function headOf(entries: number, last: string): ChainReport['head'] {
  return entries === 0 ? null : { seq: entries - 1, hash: `sha256:${last}` }
}

function broken(file: string | undefined, code: ChainDefect, error: string): ChainReport {
  return { valid: false, enabled: true, file, entries: 0, brokenAt: null, line: null, code, error, head: null }
}
