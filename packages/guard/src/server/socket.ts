import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GuardError } from '../errors.js'

/**
 * sockaddr_un holds 108 bytes with its final NUL on Linux, 104 on macOS (unix(7)). A server binds under a name that is
 * longer by a dot and a process number.
 */
const MAX_SOCKET_PATH = 103 - 11

/**
 * Where the guard process of this user listens: `LOKI_GUARD_SOCKET`, else `run/guard.sock` below `LOKI_HOME`
 * (`~/.loki`). A path too long for a socket moves to a private folder among the temporary files; on Windows it is a
 * named pipe.
 */
export function guardSocketPath(env: NodeJS.ProcessEnv): string {
  if (isSet(env.LOKI_GUARD_SOCKET)) return env.LOKI_GUARD_SOCKET
  const home = isSet(env.LOKI_HOME) ? env.LOKI_HOME : join(isSet(env.HOME) ? env.HOME : homedir(), '.loki')
  return socketPathIn(join(home, 'run'), 'guard.sock')
}

/** A socket of the given name in a folder, or its short form where the whole path would be too long. */
export function socketPathIn(folder: string, name: string): string {
  const path = join(folder, name)
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\loki-${digest}`
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path
  return join(tmpdir(), `loki-${String(process.getuid?.() ?? 0)}`, `${digest}.sock`)
}

/** Makes the folder of a socket, for its owner alone, and checks that it is ours. */
export function prepareSocketFolder(socketPath: string): void {
  if (process.platform === 'win32') return
  mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 })
  assertPrivate(socketPath)
}

/**
 * Throws `SOCKET_UNSAFE` unless the folder of a socket belongs to this user and nobody else may write to it: whoever can
 * put a socket there can answer in the guard's place.
 */
export function assertPrivate(socketPath: string): void {
  if (process.platform === 'win32') return
  const folder = dirname(socketPath)
  const stats = lstatSync(folder)
  const uid = process.getuid?.()
  if (stats.isDirectory() && stats.uid === uid && (stats.mode & 0o022) === 0) return
  throw new GuardError(
    'SOCKET_UNSAFE',
    `${folder} must be a folder of user ${String(uid)} that nobody else can write to; remove it or set LOKI_GUARD_SOCKET.`,
  )
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ''
}
