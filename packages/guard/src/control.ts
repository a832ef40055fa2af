import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { GuardError } from './errors.js'

/** What a person asked of a session: go on, hold every action, or refuse every action. */
export type ControlRequest = 'run' | 'pause' | 'stop'

const REQUESTS: readonly ControlRequest[] = ['run', 'pause', 'stop']

/** Longer names, or names with a separator, could leave the sessions folder. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** The folder of a session's files, `.loki/sessions/<id>`. Throws `BAD_SESSION_ID` for a name that is no plain file name. */
export function sessionFolder(projectDir: string, session: string): string {
  if (!SESSION_ID.test(session)) {
    throw new GuardError(
      'BAD_SESSION_ID',
      `A session id is 1 to 128 letters, digits, ".", "_" or "-"; got ${JSON.stringify(session.slice(0, 140))}.`,
    )
  }
  return join(projectDir, '.loki', 'sessions', session)
}

/**
 * What is asked of a session now; `run` where nobody asked anything.
 *
 * Throws `BAD_CONTROL_FILE` where the file is there and cannot be understood: a session that somebody tried to stop
 * must not go on because the request was damaged.
 */
export function readControl(projectDir: string, session: string): ControlRequest {
  const file = join(sessionFolder(projectDir, session), 'control.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 'run' // fs errors carry a code
    throw new GuardError('BAD_CONTROL_FILE', `${file} cannot be read; ask again with loki resume or loki stop.`, {
      cause,
    })
  }
  const request = requestIn(text)
  if (request !== undefined) return request
  throw new GuardError(
    'BAD_CONTROL_FILE',
    `${file} must hold {"version":1,"request":"run"|"pause"|"stop"}; ask again with loki resume or loki stop.`,
  )
}

/** Asks something of a session. The file is replaced in one step, so readers see the old request or the new one. */
export function writeControl(projectDir: string, session: string, request: ControlRequest, by: string): void {
  const folder = sessionFolder(projectDir, session)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const temporary = join(folder, `.control-${randomBytes(6).toString('hex')}`)
  const body = { version: 1, request, by, at: new Date().toISOString() }
  writeFileSync(temporary, `${JSON.stringify(body)}\n`, { mode: 0o600, flush: true })
  renameSync(temporary, join(folder, 'control.json'))
}

function requestIn(text: string): ControlRequest | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed !== 'object' || parsed === null || !('request' in parsed)) return undefined
    return REQUESTS.find((request) => request === parsed.request)
  } catch {
    return undefined
  }
}
