import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuditError, systemCode } from '../error.js'

/** Longest path of a unix socket: 108 bytes with its NUL on Linux, 104 on macOS. */
const MAX_ADDRESS = process.platform === 'linux' ? 107 : 103
const NOTE = 'audit.writer'

/** Who writes a log now, and where it listens. */
export interface WriterNote {
  readonly pid: number
  readonly address: string
}

/** The socket beside the log; undefined where that path is too long for one. */
export function addressBeside(dir: string): string | undefined {
  const real = realpathSync(dir)
  if (process.platform === 'win32') return `\\\\.\\pipe\\loki-audit-${digestOf(real)}`
  const beside = join(real, 'audit.sock')
  return Buffer.byteLength(beside) <= MAX_ADDRESS ? beside : undefined
}

/** A socket in a folder of this user under the system's temporary one; makes and checks that folder. */
export function addressApart(dir: string): string {
  const folder = join(tmpdir(), `loki-${uid()}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== uid() || (stat.mode & 0o077) !== 0) {
    throw new AuditError(
      'UNSAFE_PATH',
      `expected ${folder} to be a folder of this user that nobody else may enter; remove it`,
    )
  }
  const address = join(folder, `${digestOf(realpathSync(dir))}.sock`)
  if (Buffer.byteLength(address) <= MAX_ADDRESS) return address
  throw new AuditError(
    'UNSAFE_PATH',
    `expected a socket path of at most ${MAX_ADDRESS} bytes, got ${address}; set TMPDIR to a shorter one`,
  )
}

/** Says who writes; a process with another TMPDIR could not work the address out. */
export function announce(dir: string, note: WriterNote): void {
  const file = join(dir, NOTE)
  writeFileSync(`${file}.new`, JSON.stringify(note), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

export function withdraw(dir: string): void {
  rmSync(join(dir, NOTE), { force: true })
}

/** Reads who says to be the writer; it may have died since. */
export function findWriter(dir: string): WriterNote | undefined {
  let text: string
  try {
    text = readFileSync(join(dir, NOTE), 'utf8').slice(0, 4096)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  return parse(text)
}

/** Whether the socket is ours: records are not handed to a stranger who bound its name. */
export function isOwnSocket(address: string): boolean {
  if (process.platform === 'win32') return true
  const stat = lstatSync(address, { throwIfNoEntry: false })
  return stat?.isSocket() === true && stat.uid === uid()
}

/** Not from the table of users: a container may run under a number that is not in it. */
function uid(): number {
  return process.getuid?.() ?? -1
}

function digestOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 32)
}

function parse(text: string): WriterNote | undefined {
  try {
    const note: unknown = JSON.parse(text)
    if (typeof note !== 'object' || note === null || !('pid' in note) || !('address' in note)) return undefined
    const { pid, address } = note
    return typeof pid === 'number' && typeof address === 'string' ? { pid, address } : undefined
  } catch {
    return undefined
  }
}
