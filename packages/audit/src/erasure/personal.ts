import { resolve } from 'node:path'
import { AuditError } from '../error.js'
import { draftOf, timestampOf } from '../format/draft.js'
import { searchLog } from '../reading/search.js'
import type { AuditEntry, AuditInput, AuditLog, JsonObject } from '../types.js'
import { blobName, isCommitment, readBlob, removeBlob, sealPayload, storeBlob } from './blob.js'

/** `what` of the record of an erasure. */
const ERASURE = 'erasure'

/** What became of the personal payload of an entry. */
export type Personal =
  /** The entry has none. */
  | { readonly kind: 'none' }
  /** It is there and is what the log commits to. */
  | { readonly kind: 'present'; readonly commitment: string; readonly personal: JsonObject }
  /** It was erased, as this entry of the log says. */
  | { readonly kind: 'erased'; readonly commitment: string; readonly erasure: AuditEntry }
  /** It is gone, and no entry of the log says that it was erased. */
  | { readonly kind: 'missing'; readonly commitment: string }
  /** What is there is not what the log commits to. */
  | { readonly kind: 'altered'; readonly commitment: string; readonly error: string }

/** Errors after which the record is certainly not on the log. */
const NEVER_WRITTEN: ReadonlySet<string> = new Set(['INVALID_INPUT', 'TOO_LARGE', 'QUEUE_FULL', 'CLOSED'])

/**
 * Records something with a personal payload that can be erased later: the payload goes to a file of its own beside the
 * log, the line holds a salted commitment to it (`metadata.personal`). The file is durable before the record is.
 * Everything else of the input stays on the line for ever. Off: resolves to undefined, and nothing is stored.
 */
export async function recordPersonal(
  log: AuditLog,
  input: AuditInput,
  personal: JsonObject,
): Promise<AuditEntry | undefined> {
  const { dir } = log
  if (!log.enabled || dir === undefined) return undefined
  if (input.metadata?.personal !== undefined) {
    throw new AuditError('INVALID_INPUT', 'expected metadata without personal: that is where the commitment goes')
  }
  const sealed = sealPayload(personal)
  const record = { ...input, metadata: { ...input.metadata, personal: sealed.commitment } }
  draftOf(
    record,
    timestampOf(() => new Date()),
  ) // what cannot be recorded must not be stored
  await storeBlob(dir, sealed)
  try {
    return await log.record(record)
  } catch (error) {
    if (error instanceof AuditError && NEVER_WRITTEN.has(error.code)) removeBlob(dir, `${sealed.commitment}.json`)
    throw error
  }
}

/** Reads the personal payload of an entry from the folder of its log, and holds it against the commitment. */
export async function readPersonal(dir: string, entry: AuditEntry): Promise<Personal> {
  const commitment = commitmentIn(entry)
  if (commitment === undefined) return { kind: 'none' }
  const folder = resolve(dir)
  const blob = await readBlob(folder, commitment)
  // A payload that came back after its erasure, say from a backup, is not shown.
  const erasure = await erasureOf(folder, commitment)
  if (erasure !== undefined) return { kind: 'erased', commitment, erasure }
  switch (blob.kind) {
    case 'present':
      return { kind: 'present', commitment, personal: blob.personal }
    case 'altered':
      return { kind: 'altered', commitment, error: blob.error }
    case 'absent':
      return { kind: 'missing', commitment }
  }
}

/** Which payload to erase, and why. */
export interface ErasureRequest {
  /** The entry by its number; or by its commitment. */
  readonly seq?: number | undefined
  readonly commitment?: string | undefined
  /** The principal that erases: `cli:alice`. */
  readonly who: string
  /** Why. It stays on the log, so it must not name what is erased. */
  readonly reason: string
  /** Who asked for it, by a name that may stay on the log, such as the number of a request. */
  readonly requestedBy?: string | undefined
}

/** What an erasure did. */
export interface Erasure {
  readonly commitment: string
  /** The entry whose payload it was. */
  readonly seq: number
  /** Whether this call removed the payload; false where it was gone already. */
  readonly removed: boolean
  /** The record of the erasure: this one's, or where it had been erased before, that one's. */
  readonly record: AuditEntry
}

/**
 * Erases the personal payload of an entry with its salt, and then records that; the entry itself and every proof of it
 * still verify. May be repeated: a call that was interrupted in between is completed by the next.
 * Removing a file does not wipe the medium, nor copies and backups of it. Off: resolves to undefined.
 */
export async function erasePersonal(log: AuditLog, request: ErasureRequest): Promise<Erasure | undefined> {
  const { dir } = log
  if (!log.enabled || dir === undefined) return undefined
  const { seq, commitment } = await committed(dir, request)
  const { who, reason, requestedBy } = request
  if (reason.trim() === '') throw new AuditError('INVALID_INPUT', 'expected a reason for the erasure')
  const removed = removeBlob(dir, `${commitment}.json`)
  const before = await erasureOf(dir, commitment)
  if (!removed && before !== undefined) return { commitment, seq, removed, record: before }
  const record = await log.record({
    who,
    what: ERASURE,
    where: blobName(commitment),
    why: reason,
    metadata: { erased: commitment, seq, removed, requested_by: requestedBy, repeated: before !== undefined },
  })
  if (record === undefined) throw new AuditError('WRITE_FAILED', 'expected the log to record the erasure') // it is on
  return { commitment, seq, removed, record }
}

/** The commitment of an entry; undefined where it has none. */
export function commitmentIn({ what, metadata }: AuditEntry): string | undefined {
  const personal = metadata?.personal
  return what !== ERASURE && isCommitment(personal) ? personal : undefined
}

/** The commitment that an entry says was erased; undefined for every other entry. */
export function erasedIn({ what, metadata }: AuditEntry): string | undefined {
  return what === ERASURE && isCommitment(metadata?.erased) ? metadata.erased : undefined
}

async function erasureOf(dir: string, commitment: string): Promise<AuditEntry | undefined> {
  for await (const entry of searchLog(dir, { what: ERASURE, text: commitment })) {
    if (erasedIn(entry) === commitment) return entry
  }
  return undefined
}

async function committed(
  dir: string,
  { seq, commitment }: ErasureRequest,
): Promise<{ readonly seq: number; readonly commitment: string }> {
  if ((seq === undefined) === (commitment === undefined)) {
    throw new AuditError('INVALID_INPUT', 'expected either seq or commitment, to say which payload to erase')
  }
  if (commitment !== undefined && !isCommitment(commitment)) {
    throw new AuditError('INVALID_INPUT', 'expected commitment to be 64 lower-case hex digits')
  }
  for await (const entry of searchLog(dir, commitment === undefined ? { seq } : { text: commitment })) {
    const found = commitmentIn(entry)
    if (found !== undefined && (commitment === undefined || found === commitment)) {
      return { seq: entry.seq, commitment: found }
    }
  }
  throw new AuditError(
    'INVALID_INPUT',
    `expected an entry with a personal payload, and ${commitment === undefined ? `entry ${String(seq)}` : 'no entry'} has ${commitment === undefined ? 'none' : 'that commitment'}`,
  )
}
