import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { constants, lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { asAuditError, AuditError, systemCode } from '../error.js'
import { canonical, MAX_LINE } from '../format/canonical.js'
import type { JsonObject } from '../types.js'
import { syncFolder } from '../writer/sync-folder.js'

/** Folder of the personal payloads, beside the log. */
const FOLDER = 'personal'
const SALT_SIZE = 32
/** A payload at its limit, its salt, and the names of both. */
const MAX_BLOB = MAX_LINE + 1024
const COMMITMENT = /^[0-9a-f]{64}$/
const BLOB_NAME = /^([0-9a-f]{64})\.json$/
const UNFINISHED_NAME = /^[0-9a-f]{64}\.[0-9a-f]{16}\.new$/

/** What a blob was found to hold. */
export type Blob =
  | { readonly kind: 'present'; readonly personal: JsonObject }
  | { readonly kind: 'altered'; readonly error: string }
  | { readonly kind: 'absent' }

/** A payload with its salt, ready to be stored: without the salt nobody can guess the payload from the commitment. */
export interface SealedPayload {
  readonly commitment: string
  readonly text: string
}

/** Whether a text can be a commitment, and so part of a file's name. */
export function isCommitment(value: unknown): value is string {
  return typeof value === 'string' && COMMITMENT.test(value)
}

/** The name of a blob within the log's folder: `personal/<commitment>.json`. */
export function blobName(commitment: string): string {
  return `${FOLDER}/${commitment}.json`
}

/** Salts a payload; throws an AuditError where it is no plain data or too large. */
export function sealPayload(personal: JsonObject): SealedPayload {
  const payload = canonical(personal, 'personal')
  const salt = randomBytes(SALT_SIZE)
  const commitment = commitmentOf(salt, payload)
  return { commitment, text: `{"payload":${payload},"salt":"${salt.toString('hex')}","version":1}\n` }
}

/** Stores a blob so that it survives a power loss before its record can. */
export async function storeBlob(dir: string, { commitment, text }: SealedPayload): Promise<void> {
  const folder = blobFolder(dir)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    checkFolder(folder)
    const draft = join(folder, `${commitment}.${randomBytes(8).toString('hex')}.new`)
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, join(dir, blobName(commitment)))
    syncFolder(folder)
    syncFolder(dir)
  } catch (error) {
    throw asAuditError(error, 'WRITE_FAILED', `expected to store the personal payload in ${folder}`)
  }
}

/** Reads a blob and holds it against its commitment; never gives a payload that does not fit. */
export async function readBlob(dir: string, commitment: string): Promise<Blob> {
  const file = join(dir, blobName(commitment))
  if (!folderExists(blobFolder(dir))) return { kind: 'absent' }
  let text: string
  try {
    text = await readBounded(file)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { kind: 'absent' }
    if (systemCode(error) === 'ELOOP') return { kind: 'altered', error: `${file} is a link` }
    if (error instanceof AuditError && error.code === 'TOO_LARGE') return { kind: 'altered', error: error.message }
    throw asAuditError(error, 'READ_FAILED', `expected to read ${file}`)
  }
  const personal = openedPayload(text, commitment)
  return personal === undefined
    ? { kind: 'altered', error: `${file} is not what the log commits to` }
    : { kind: 'present', personal }
}

/** Removes a blob with its salt; tells whether it was there, which is true for one of several who try at once. */
export function removeBlob(dir: string, name: string): boolean {
  const folder = blobFolder(dir)
  if (!folderExists(folder)) return false
  try {
    unlinkSync(join(folder, name))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw asAuditError(error, 'WRITE_FAILED', `expected to remove ${join(folder, name)}`)
  }
  syncFolder(folder)
  return true
}

/** A file in the folder of blobs. */
export interface StoredFile {
  readonly name: string
  /** Undefined for one that was never finished. */
  readonly commitment: string | undefined
  readonly modifiedMs: number
}

/** Lists the blobs of a log, and the unfinished ones that a killed recorder left. */
export function listBlobs(dir: string): readonly StoredFile[] {
  const folder = blobFolder(dir)
  if (!folderExists(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    const commitment = BLOB_NAME.exec(name)?.[1]
    if (commitment === undefined && !UNFINISHED_NAME.test(name)) return []
    const stat = lstatSync(join(folder, name), { throwIfNoEntry: false })
    return stat === undefined ? [] : [{ name, commitment, modifiedMs: stat.mtimeMs }]
  })
}

function blobFolder(dir: string): string {
  return join(dir, FOLDER)
}

function folderExists(folder: string): boolean {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false
  checkFolder(folder)
  return true
}

/** A link would put personal data where its writer chose, and would have erasing remove files there. */
function checkFolder(folder: string): void {
  const stat = lstatSync(folder)
  if (!stat.isDirectory()) {
    throw new AuditError('UNSAFE_PATH', `expected ${folder} to be a folder and no link; remove it`)
  }
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    throw new AuditError('UNSAFE_PATH', `expected ${folder} to be open to its user alone (chmod 700)`)
  }
}

async function readBounded(file: string): Promise<string> {
  const flags = process.platform === 'win32' ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NOFOLLOW
  const handle = await open(file, flags | (process.platform === 'win32' ? 0 : constants.O_NONBLOCK))
  try {
    const buffer = Buffer.alloc(MAX_BLOB + 1)
    let size = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, size, buffer.length - size)
      size += bytesRead
      if (bytesRead === 0) return buffer.toString('utf8', 0, size)
      if (size > MAX_BLOB) throw new AuditError('TOO_LARGE', `${file} is larger than any payload`)
    }
  } finally {
    await handle.close()
  }
}

function openedPayload(text: string, commitment: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as { payload?: unknown; salt?: unknown; version?: unknown } | null // checked below
    const salt = typeof value?.salt === 'string' ? Buffer.from(value.salt, 'hex') : undefined
    const payload = value?.payload
    if (salt?.length !== SALT_SIZE || value?.version !== 1) return undefined
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined
    const found = Buffer.from(commitmentOf(salt, canonical(payload, 'personal')), 'hex')
    return timingSafeEqual(found, Buffer.from(commitment, 'hex')) ? (payload as JsonObject) : undefined // parsed JSON
  } catch {
    return undefined
  }
}

function commitmentOf(salt: Buffer, payload: string): string {
  return createHmac('sha256', salt).update(payload).digest('hex')
}
