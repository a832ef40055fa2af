import { join } from 'node:path'
import { AuditError } from '../error.js'
import { readNote, replaceFile } from '../checkpoint/files.js'
import { fromBase64 } from '../note/key.js'
import { Frontier, HASH_SIZE } from '../tree/frontier.js'
import type { AuditEntry, JsonObject } from '../types.js'
import { segmentsFolder, TOMBSTONE } from './names.js'

/** `what` of the entry that tells of pruned segments. */
export const PRUNED = 'segments.pruned'

/** What stands for the entries that were pruned: all that verification needs to go on behind them. */
export interface Tombstone {
  /** The entry `segments.pruned` that says the same on the chain. */
  readonly seq: number
  /** Number of the last pruned segment. */
  readonly through: number
  /** How many entries are gone, from entry 0 on. */
  readonly entries: number
  /** Name of the log, which its first entry gave it. */
  readonly origin: string
  /** `hash` of the last pruned entry. */
  readonly lastHash: string
  /** The tree over the pruned entries. */
  readonly frontier: Frontier
}

/** What the chain says of a tombstone, in the metadata of its entry. */
export function tombstoneMetadata({ through, entries, origin, lastHash, frontier }: Tombstone): JsonObject {
  return { through, entries, origin, lastHash, root: frontier.root().toString('base64') }
}

/** Whether an entry is the one that a tombstone names. */
export function isTombstoneEntry(tombstone: Tombstone, { seq, who, what, metadata }: AuditEntry): boolean {
  if (seq !== tombstone.seq || who !== 'audit' || what !== PRUNED) return false
  return Object.entries(tombstoneMetadata(tombstone)).every(([name, value]) => metadata?.[name] === value)
}

/** Reads the tombstone of a log; throws an AuditError `LOG_DAMAGED` for one that was not written by us. */
export function readTombstone(file: string): Tombstone | undefined {
  const path = join(segmentsFolder(file), TOMBSTONE)
  const text = readNote(path)
  if (text === undefined) return undefined
  const tombstone = parse(text)
  if (tombstone !== undefined && textOf(tombstone) === text) return tombstone
  throw new AuditError('LOG_DAMAGED', `expected ${path} to tell of pruned segments, but it was changed; verify the log`)
}

export function writeTombstone(file: string, tombstone: Tombstone): Promise<void> {
  return replaceFile(join(segmentsFolder(file), TOMBSTONE), textOf(tombstone), true)
}

function textOf(tombstone: Tombstone): string {
  const frontier = tombstone.frontier.hashes.map((hash) => hash.toString('base64'))
  return `${JSON.stringify({ version: 1, seq: tombstone.seq, ...tombstoneMetadata(tombstone), frontier })}\n`
}

function parse(text: string): Tombstone | undefined {
  try {
    const it = JSON.parse(text) as Record<string, unknown> // each member is looked at here, the whole by its spelling
    const { seq, through, entries, origin, lastHash, frontier } = it
    if (it.version !== 1 || !isCount(seq) || !isCount(through) || !isCount(entries)) return undefined
    if (typeof origin !== 'string' || typeof lastHash !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(lastHash))
      return undefined
    if (!Array.isArray(frontier)) return undefined
    const hashes = frontier.map((hash) => (typeof hash === 'string' ? fromBase64(hash) : undefined))
    const whole = hashes.filter((hash): hash is Buffer => hash?.length === HASH_SIZE)
    return whole.length === hashes.length && entries > 0
      ? { seq, through, entries, origin, lastHash, frontier: new Frontier(entries, whole) }
      : undefined
  } catch {
    return undefined
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
