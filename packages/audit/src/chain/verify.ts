import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { collect } from '../checkpoint/collect.js'
import type { Checkpoints } from '../checkpoint/collect.js'
import { Judge } from '../checkpoint/judge.js'
import { AuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { GENESIS } from '../format/draft.js'
import { checkLine } from '../format/scan-line.js'
import { Frontier } from '../tree/frontier.js'
import type { ChainDefect, ChainReport, VerifyOptions } from '../types.js'
import { Blocks } from './blocks.js'
import { LOG_NAME } from './name.js'
import { brokenAt, brokenReport, soundReport } from './report.js'
import type { Progress } from './report.js'

/**
 * Verifies a log without opening it for writing: a file, or a folder that holds `audit.jsonl`, against the checkpoints
 * beside it and the copies of them that `anchors` names. Reports rather than throws, except for a malformed `publicKey`.
 * What was cut off or made anew behind the last checkpoint cannot be seen from the file alone.
 */
export async function verifyLog(path: string, options: VerifyOptions = {}): Promise<ChainReport> {
  let file = resolve(path)
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) file = join(file, LOG_NAME)
    const checkpoints = await collect(file, options)
    return await verifyFile(file, { checkpoints, publicKey: options.publicKey })
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_KEY') throw error
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof AuditError) return brokenReport(file, 'BAD_CHECKPOINT', `no checkpoint to go by: ${message}`)
    return brokenReport(file, 'UNREADABLE', `${file} or a checkpoint of it cannot be read: ${message}`)
  }
}

interface Given {
  readonly checkpoints: Checkpoints
  readonly publicKey: string | undefined
}

async function verifyFile(file: string, given: Given): Promise<ChainReport> {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return missing(file, 'there is no log at', given)
  if (!stat.isFile()) return brokenReport(file, 'UNREADABLE', `${file} is not a regular file`)
  if (stat.size === 0) return missing(file, 'nothing is in', given)
  const blocks = new Blocks(file)
  try {
    return await verifyBlocks(blocks, file, given)
  } finally {
    blocks.close()
  }
}

function missing(file: string, what: string, { checkpoints }: Given): ChainReport {
  const last = checkpoints.at(-1)
  if (last === undefined) {
    return brokenReport(file, 'MISSING', `${what} ${file}: nothing was recorded yet, or it was removed or emptied`)
  }
  const error = `${what} ${file}, but a checkpoint of ${last.size} entries was signed: they were removed`
  return brokenAt({ file, entries: 0, head: null }, { code: 'MISSING', error, at: 0 })
}

async function verifyBlocks(blocks: Blocks, file: string, given: Given): Promise<ChainReport> {
  const { buffer } = blocks
  const judge = given.checkpoints.length > 0 ? new Judge(given.checkpoints) : undefined
  const tree = new Frontier()
  let entries = 0
  let last = GENESIS
  const progress = (): Progress => ({ file, entries, head: headOf(entries, last) })
  const defect = (code: ChainDefect, error: string): ChainReport =>
    brokenAt(progress(), {
      code,
      error: `entry ${entries} (line ${entries + 1}) of ${file} does not verify: ${error}`,
      at: entries,
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
      if (judge !== undefined) {
        tree.append(Buffer.from(last, 'hex'))
        judge.visit(tree, last)
      }
      start = lf + 1
    }
  }
  if (blocks.remainder > MAX_LINE) return defect('NOT_CANONICAL', `it is longer than ${MAX_LINE} bytes`)
  const contradiction = judge?.contradiction(entries)
  if (contradiction !== undefined) return brokenAt(progress(), { ...contradiction, at: contradiction.brokenAt })
  if (blocks.remainder > 0) {
    return defect(
      'TORN_TAIL',
      `the last line has no end after ${blocks.remainder} bytes; a writer was interrupted there`,
    )
  }
  const anchoring = judge?.anchoring(entries, given.publicKey) ?? null
  if (anchoring === null && given.publicKey !== undefined) {
    const error = `no checkpoint of ${file} is signed by ${given.publicKey}: it was removed, or was never signed by this key`
    return { ...brokenReport(file, 'UNSIGNED', error), entries, head: headOf(entries, last) }
  }
  return soundReport(progress(), anchoring)
}

function headOf(entries: number, last: string): ChainReport['head'] {
  return entries === 0 ? null : { seq: entries - 1, hash: `sha256:${last}` }
}
