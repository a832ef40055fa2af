import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { AuditError, asAuditError, systemCode } from '../error.js'
import { signerOf, vkeyOf } from '../note/key.js'
import type { Signer } from '../note/key.js'
import { syncFolder } from '../writer/sync-folder.js'
import { OWNER_NAME } from './endorsement.js'
import { keyFolder } from './folder.js'
import type { KeyPlace } from './folder.js'
import { isKeptInside, projectOf } from './project.js'

const FILE = 'owner.pem'

/** The public half of the long-term key of this user, and its file; undefined where none was made yet. */
export function ownerKey(place: KeyPlace = {}): { readonly vkey: string; readonly file: string } | undefined {
  const file = join(keyFolder(place), FILE)
  return existsSync(file) ? { vkey: vkeyOf(readOwner(file)), file } : undefined
}

/** Takes a key that the caller holds. */
export function ownerOf(key: KeyObject | string): Signer {
  try {
    return signerOf(OWNER_NAME, typeof key === 'string' ? createPrivateKey(key) : key)
  } catch (error) {
    throw asAuditError(error, 'INVALID_KEY', 'expected signingKey to be a private Ed25519 key, object or PEM')
  }
}

/** Reads the long-term key, or makes it on first use; refuses a folder that the log's project holds. */
export function openOwner(folder: string, log: string): Signer {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    refuseInside(folder, log)
    const file = join(folder, FILE)
    if (!existsSync(file)) makeOwner(file)
    return readOwner(file)
  } catch (error) {
    throw asAuditError(error, 'INVALID_KEY', `expected to read or make the signing key in ${folder}`)
  }
}

function readOwner(file: string): Signer {
  const fd = openSync(file, constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW))
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.size > 4096 || (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)) {
      throw new AuditError('UNSAFE_PATH', `expected ${file} to be a key file that only its user may read (chmod 600)`)
    }
    return ownerOf(readFileSync(fd, 'utf8'))
  } finally {
    closeSync(fd)
  }
}

/** A link makes the file appear whole, and of two processes that make one the first wins. */
function makeOwner(file: string): void {
  const draft = `${file}.${process.pid}.new`
  const fd = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(fd, generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }))
    fsyncSync(fd)
    linkSync(draft, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    closeSync(fd)
    unlinkSync(draft)
  }
  syncFolder(dirname(file))
}

/** Where an agent works, it can read: a key in there would prove nothing. */
function refuseInside(folder: string, log: string): void {
  const stat = lstatSync(folder)
  if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
    throw new AuditError('UNSAFE_PATH', `expected ${folder} to be open to its user alone (chmod 700)`)
  }
  if (isKeptInside(folder, log)) {
    throw new AuditError(
      'UNSAFE_PATH',
      `expected the signing key outside the project ${projectOf(log)}, got ${folder}; set keyDir or LOKI_HOME to another place`,
    )
  }
}
