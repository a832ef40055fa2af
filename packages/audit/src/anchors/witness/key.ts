import { generateKeyPairSync } from 'node:crypto'
import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, asAuditError } from '../../error.js'
import { parseSkey, signerOf, skeyOf } from '../../note/key.js'
import type { Signer } from '../../note/key.js'
import { replaceDurably } from '../durable-file.js'

const FILE = 'witness.key'

/**
 * Reads the key of a witness from its folder, or makes it on first use, under a name that it then keeps. The file holds
 * the name too, as Go's sumdb/note writes private keys.
 */
export function openWitnessKey(dir: string, name?: string): Signer {
  const file = join(dir, FILE)
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    if (!existsSync(file)) {
      const { privateKey } = generateKeyPairSync('ed25519')
      replaceDurably(file, `${skeyOf(signerOf(name ?? 'loki-witness', privateKey))}\n`)
    }
    const signer = parseSkey(secretIn(file))
    if (name === undefined || name === signer.name) return signer
    throw new AuditError('INVALID_SETTING', `expected the witness in ${dir} to be called ${signer.name}, as its key is`)
  } catch (error) {
    throw asAuditError(error, 'INVALID_KEY', `expected to read or make the key of a witness in ${dir}`)
  }
}

function secretIn(file: string): string {
  const fd = openSync(file, constants.O_RDONLY | (process.platform === 'win32' ? 0 : constants.O_NOFOLLOW))
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile() || stat.size > 4096 || (process.platform !== 'win32' && (stat.mode & 0o077) !== 0)) {
      throw new AuditError('UNSAFE_PATH', `expected ${file} to be a key file that only its user may read (chmod 600)`)
    }
    return readFileSync(fd, 'utf8').trim()
  } finally {
    closeSync(fd)
  }
}
