import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { AuditError, systemCode } from '../error.js'
import { bindLock } from './bind.js'
import { flock } from './flock.js'
import { ownerLock } from './owner.js'

/** The exclusive right to write one log; the kernel takes it back when the process dies. */
export interface Lock {
  release(): Promise<void>
}

const KINDS = ['flock', 'bind', 'owner'] as const
type Kind = (typeof KINDS)[number]

/**
 * Tries once to become the only writer of the log in `dir`; undefined while somebody else is.
 * How a log is locked is written into `audit.lock` when the log is born and obeyed by all: two processes that each took
 * a different kind of lock would fork the chain.
 */
export async function tryLock(dir: string): Promise<Lock | undefined> {
  const file = join(dir, 'audit.lock')
  const { kind, token } = await agree(file)
  switch (kind) {
    case 'flock':
      return flockFile(file)
    case 'bind':
      return bindLock(token)
    case 'owner':
      return ownerLock(dir)
  }
}

async function agree(file: string): Promise<{ kind: Kind; token: string }> {
  for (;;) {
    const text = read(file)
    const [word, token = ''] = (text ?? '').split(' ')
    const kind = KINDS.find((known) => known === word)
    if (kind !== undefined) return { kind, token }
    if (text === '') {
      throw new AuditError(
        'LOCK_UNAVAILABLE',
        `expected ${file} to name flock, bind or owner, but it is empty; remove it while no process has the log open`,
      )
    }
    if (text !== undefined) {
      throw new AuditError(
        'LOCK_UNAVAILABLE',
        `expected ${file} to name flock, bind or owner; use the version that wrote it`,
      )
    }
    await choose(file)
  }
}

/** Undefined where there is no such file. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').slice(0, 100).trim()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Writes the best kind this machine has; a link makes it appear whole, and the first one wins. */
async function choose(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  const fd = openSync(draft, 'wx', 0o600)
  try {
    const works = (await flock(fd)) === 'locked'
    const system = process.platform
    const kind: Kind = works ? 'flock' : system === 'linux' || system === 'win32' ? 'bind' : 'owner'
    // The token keeps other users from guessing the name of a bind lock and taking it first.
    writeFileSync(fd, `${kind} ${randomBytes(16).toString('hex')}\n`)
    fsyncSync(fd) // a name without its content, after a loss of power, would lock everybody out
    linkSync(draft, file)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  } finally {
    closeSync(fd)
    unlinkSync(draft)
  }
}

async function flockFile(file: string): Promise<Lock | undefined> {
  const fd = openSync(file, constants.O_RDWR)
  let held = false
  try {
    const result = await flock(fd)
    if (result === 'absent') {
      throw new AuditError(
        'LOCK_UNAVAILABLE',
        `expected the program flock (util-linux), by which ${file} is locked; install it`,
      )
    }
    // Whoever removed and remade the file between our open and our lock locks another file than we do.
    held = result === 'locked' && isSame(fd, file)
  } finally {
    if (!held) closeSync(fd)
  }
  if (!held) return undefined
  return {
    release: () => {
      closeSync(fd)
      return Promise.resolve()
    },
  }
}

function isSame(fd: number, file: string): boolean {
  try {
    const [ours, theirs] = [fstatSync(fd), statSync(file)]
    return ours.ino === theirs.ino && ours.dev === theirs.dev
  } catch {
    return false
  }
}
