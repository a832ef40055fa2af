import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { collect } from '../checkpoint/collect.js'
import type { Evidence } from '../checkpoint/collect.js'
import { Judge } from '../checkpoint/judge.js'
import { AuditError, systemCode } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import type { LineDefect } from '../format/scan-line.js'
import { unsignedReason } from '../keys/project.js'
import { compressionDefect } from '../segments/digest.js'
import { LogView } from '../segments/view.js'
import type { Segment } from '../segments/view.js'
import type { ChainReport, VerifyOptions } from '../types.js'
import { blockBuffer, Blocks } from './blocks.js'
import { LOG_NAME } from './name.js'
import { brokenAt, brokenReport, soundReport } from './report.js'
import type { Progress } from './report.js'
import { ChainWalk } from './walk.js'

/**
 * Verifies a log without opening it for writing: a file, or a folder that holds `audit.jsonl`, with the closed segments and
 * against the checkpoints beside it, and the copies of them that `anchors` names. Reports rather than throws, except for a
 * malformed `publicKey`. What was cut off or made anew behind the last checkpoint cannot be seen from the files alone.
 */
export async function verifyLog(path: string, options: VerifyOptions = {}): Promise<ChainReport> {
  let file = resolve(path)
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) file = join(file, LOG_NAME)
    const given = { ...(await collect(file, options)), options }
    const report = await verifyFile(file, given)
    // A segment that is gone may have been pruned since the folder was listed; then the tombstone tells now.
    return report.code === 'MISSING' && report.segment !== null ? await verifyFile(file, given) : report
  } catch (error) {
    if (error instanceof AuditError && error.code === 'INVALID_KEY') throw error
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof AuditError && error.code === 'LOG_DAMAGED') return brokenReport(file, 'BAD_TOMBSTONE', message)
    if (error instanceof AuditError) return brokenReport(file, 'BAD_CHECKPOINT', `no checkpoint to go by: ${message}`)
    return brokenReport(file, 'UNREADABLE', `${file} or a checkpoint of it cannot be read: ${message}`)
  }
}

interface Given extends Evidence {
  readonly options: VerifyOptions
}

async function verifyFile(file: string, given: Given): Promise<ChainReport> {
  const stat = statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return missing(file, 'there is no log at', given)
  if (!stat.isFile()) return brokenReport(file, 'UNREADABLE', `${file} is not a regular file`)
  if (stat.size === 0) return missing(file, 'nothing is in', given)
  const view = LogView.open(file)
  if (view === undefined) return missing(file, 'there is no log at', given)
  try {
    return await verifyView(view, given)
  } finally {
    view.close()
  }
}

function missing(file: string, what: string, { checkpoints }: Given): ChainReport {
  const last = checkpoints.at(-1)
  if (last === undefined) {
    return brokenReport(file, 'MISSING', `${what} ${file}: nothing was recorded yet, or it was removed or emptied`)
  }
  const error = `${what} ${file}, but a checkpoint of ${last.size} entries was signed: they were removed`
  const place = { seq: 0, segment: LOG_NAME, line: 1 }
  return brokenAt({ file, entries: 0, head: null, pruned: null }, { code: 'MISSING', error, place })
}

async function verifyView(view: LogView, { checkpoints, witnessed, options }: Given): Promise<ChainReport> {
  const { file, tombstone, segments } = view
  const judge = checkpoints.length > 0 ? new Judge(checkpoints) : undefined
  const hasTree = judge !== undefined || segments.length > 1 || tombstone !== undefined
  const walk = new ChainWalk({ mode: options.mode ?? 'strict', judge, tombstone, hasTree })
  const pruned = tombstone === undefined ? null : { entries: tombstone.entries, seq: tombstone.seq }
  const progress = (): Progress => ({ file, entries: walk.entries, head: walk.head, pruned })
  const buffer = blockBuffer()
  let torn: LineDefect | undefined
  for (const segment of segments) {
    const defect = walk.enter(segment) ?? (await verifySegment(segment, walk, buffer))
    if (defect?.code === 'TORN_TAIL' && segment.isOpen) torn = defect
    else if (defect !== undefined) {
      const place = walk.placeOf(walk.next)
      const where = `entry ${place.seq} (line ${place.line} of ${place.segment}) does not verify`
      return brokenAt(progress(), { code: defect.code, error: `${where}: ${defect.error}`, place })
    }
  }
  const contradiction = judge?.contradiction(walk.next)
  if (contradiction !== undefined) {
    return brokenAt(progress(), { ...contradiction, place: walk.placeOf(contradiction.brokenAt) })
  }
  const lack = torn ?? walk.end()
  if (lack !== undefined) {
    const place = walk.placeOf(walk.next)
    return brokenAt(progress(), { code: lack.code, error: `${place.segment}: ${lack.error}`, place })
  }
  const checkpoint = judge?.anchoring({ entries: walk.next, publicKey: options.publicKey, witnessed }) ?? null
  if (checkpoint === null && options.publicKey !== undefined) {
    const error = `no checkpoint of ${file} is signed by ${options.publicKey}: it was removed, or was never signed by this key`
    return { ...brokenReport(file, 'UNSIGNED', error), ...progress() }
  }
  if (options.witnesses !== undefined && checkpoint?.witness?.trusted !== true) {
    const error = `no checkpoint of ${file} is cosigned by ${options.witnesses.join(' or ')}: the receipts were removed, or it was never asked`
    return { ...brokenReport(file, 'UNSIGNED', error), ...progress() }
  }
  return soundReport(progress(), { checkpoint, unsigned: checkpoint === null ? unsignedReason(file) : undefined })
}

async function verifySegment(segment: Segment, walk: ChainWalk, buffer: Buffer): Promise<LineDefect | undefined> {
  let blocks: Blocks
  try {
    blocks = new Blocks(segment.open(), { buffer })
  } catch (error) {
    if (isDamage(error)) return { code: 'SEGMENT_CHANGED', error: error.message }
    if (systemCode(error) === 'ENOENT') return { code: 'MISSING', error: 'it was removed while the log was read' }
    throw error
  }
  try {
    for (let size = await blocks.next(); size > 0; size = await blocks.next()) {
      const defect = walk.visit(buffer, size)
      if (defect !== undefined) return defect
    }
    if (blocks.remainder > MAX_LINE) return { code: 'NOT_CANONICAL', error: `it is longer than ${MAX_LINE} bytes` }
    if (blocks.remainder > 0) {
      const error = `the last line has no end after ${blocks.remainder} bytes; a writer was interrupted there`
      return { code: 'TORN_TAIL', error }
    }
  } catch (error) {
    if (isDamage(error)) return { code: 'SEGMENT_CHANGED', error: error.message }
    throw error
  } finally {
    blocks.close()
  }
  if (segment.isOpen) return undefined
  return compressionDefect(segment, walk.leave())
}

function isDamage(error: unknown): error is AuditError {
  return error instanceof AuditError && error.code === 'LOG_DAMAGED'
}
