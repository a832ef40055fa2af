import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { isMissing, RunnerError } from '../errors.js'
import { isAlive } from '../processes/table.js'
import { isOpen, parseState, type SessionState } from './state.js'

const maxStateBytes = 8 * 1024 * 1024
const sessionId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** A session as it stands, with what can be seen of it from outside. */
export interface SessionView extends SessionState {
  /** Whether its runner is there: the process with its pid is the one that it started as. */
  readonly live: boolean
}

/** Every session of a project, the newest first. A session whose runner died unseen is shown as failed. */
export function listSessions(projectDir: string): readonly SessionView[] {
  return storedSessions(projectDir)
    .map(view)
    .sort((a, b) => (a.startedAt === b.startedAt ? (a.id < b.id ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1))
}

/** One session. Throws `NO_SUCH_SESSION`, or `BAD_STATE` where its file was damaged. */
export function readSession(projectDir: string, id: string): SessionView {
  return view(readStored(projectDir, id))
}

/** The state as it is on disk, a dead runner's too. */
export function readStored(projectDir: string, id: string): SessionState {
  const file = join(sessionDir(projectDir, id), 'session.json')
  const state = readState(file)
  if (state === undefined) {
    const known = sessionNames(projectDir)
    const names = known.length === 0 ? 'the project has none' : `known are ${known.slice(-5).join(', ')}`
    throw new RunnerError('NO_SUCH_SESSION', `There is no session ${id} in ${projectDir}; ${names}.`)
  }
  return state
}

export function storedSessions(projectDir: string): readonly SessionState[] {
  return sessionNames(projectDir)
    .map((name) => readState(join(sessionDir(projectDir, name), 'session.json')))
    .filter((state) => state !== undefined)
}

/** Replaces the state in one step: readers see the old one or the new one, also after a crash. */
export function writeState(projectDir: string, state: SessionState): void {
  const folder = sessionDir(projectDir, state.id)
  makeSessionDir(projectDir, state.id)
  const temporary = join(folder, `.session-${randomBytes(6).toString('hex')}`)
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(temporary, join(folder, 'session.json'))
  } catch (thrown) {
    rmSync(temporary, { force: true })
    throw thrown
  }
  syncFolder(folder)
}

/** Removes a session that never began. */
export function removeSession(projectDir: string, id: string): void {
  rmSync(sessionDir(projectDir, id), { recursive: true, force: true })
}

export function sessionDir(projectDir: string, id: string): string {
  assertSessionId(id)
  return join(projectDir, '.loki', 'sessions', id)
}

/** Other names could leave the sessions folder, or match processes of no session. */
export function assertSessionId(id: string): void {
  if (sessionId.test(id)) return
  const shown = JSON.stringify(id.slice(0, 140))
  throw new RunnerError('NO_SUCH_SESSION', `A session id looks like ses-20260102T030405Z-0a1b2c; got ${shown}.`)
}

/** Whether the process that runs a session is there. */
export function isRunnerAlive(state: SessionState): boolean {
  return isAlive(state.pid, state.processStart)
}

function view(state: SessionState): SessionView {
  const live = isOpen(state.status) && isRunnerAlive(state)
  if (live || !isOpen(state.status)) return { ...state, live }
  const reason = `its runner (process ${state.pid}) ended without finishing; stop the session to clear what it left`
  return { ...state, status: 'failed', reason, live }
}

function sessionNames(projectDir: string): readonly string[] {
  try {
    return readdirSync(join(projectDir, '.loki', 'sessions'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && sessionId.test(entry.name))
      .map((entry) => entry.name)
      .sort()
  } catch (thrown) {
    if (isMissing(thrown)) return []
    throw thrown
  }
}

function readState(file: string): SessionState | undefined {
  try {
    if (statSync(file).size > maxStateBytes) {
      throw new RunnerError(
        'BAD_STATE',
        `${file} must be smaller than ${maxStateBytes} bytes; it was not written by us.`,
      )
    }
    return parseState(readFileSync(file, 'utf8'), file)
  } catch (thrown) {
    if (isMissing(thrown)) return undefined
    throw thrown
  }
}

function makeSessionDir(projectDir: string, id: string): void {
  const folder = sessionDir(projectDir, id)
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ignore = join(projectDir, '.loki', '.gitignore')
  try {
    writeFileSync(ignore, '*\n', { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown
  }
  syncFolder(dirname(folder))
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return // a folder cannot be opened there
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
