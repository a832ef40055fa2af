import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GuardError } from '../errors.js'
import { prepareSocketFolder } from '../server/socket.js'

const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** Where the token of the HTTP door lies: beside the socket of the guard process. */
export function tokenFile(socketPath: string): string {
  return join(dirname(socketPath), 'http.token')
}

/** The token that a caller of the HTTP door shows, made on first use: 32 random bytes in base64url, mode 0600. */
export function httpToken(socketPath: string): string {
  const file = tokenFile(socketPath)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return makeToken(socketPath, file)
  if (process.platform !== 'win32' && (stats.mode & 0o077) !== 0) {
    throw new GuardError('SOCKET_UNSAFE', `${file} can be read by others; remove it, and a new one is made.`)
  }
  const token = readFileSync(file, 'utf8').trim()
  if (TOKEN.test(token)) return token
  throw new GuardError('SOCKET_UNSAFE', `${file} holds no token of 43 characters; remove it, and a new one is made.`)
}

function makeToken(socketPath: string, file: string): string {
  prepareSocketFolder(socketPath)
  const token = randomBytes(32).toString('base64url')
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: 'w' })
  renameSync(draft, file)
  return token
}
