import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunnerError } from '../errors.js'

// sockaddr_un has room for 104 bytes on the smallest system, with the final NUL: unix(7).
const maxSocketPath = 103

/** Makes the private folder of a session outside the project, where the agent's file tools may not write. */
export function makeScratch(session: string): string {
  const long = scratchIn(tmpdir(), session)
  const folder = Buffer.byteLength(socketIn(long)) <= maxSocketPath ? long : scratchIn('/tmp', session)
  const parent = join(folder, '..')
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  // In a folder for everyone, somebody else can be first to make a folder of this name and then owns what is in it.
  const stats = lstatSync(parent)
  if (!stats.isDirectory() || stats.uid !== uid() || (stats.mode & 0o077) !== 0) {
    throw new RunnerError(
      'SCRATCH_UNSAFE',
      `${parent} must be a folder that only user ${uid()} may enter (mode 0700); remove it, or set TMPDIR to a folder of yours.`,
    )
  }
  mkdirSync(folder, { mode: 0o700 })
  return folder
}

/** Where the guard of a session listens. */
export function socketIn(scratchDir: string): string {
  return join(scratchDir, 'guard.sock')
}

function scratchIn(root: string, session: string): string {
  return join(root, `loki-${uid()}`, session)
}

function uid(): number {
  return process.getuid?.() ?? 0
}
