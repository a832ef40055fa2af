import { RunnerError } from '../errors.js'
import type { Phase, TokenUsage } from '../providers/provider.js'

/** `starting` lasts until the session knows that it has the project for itself. */
export type SessionStatus = 'starting' | 'running' | 'paused' | 'stopped' | 'completed' | 'failed'

export type TaskStatus = 'pending' | 'in_progress' | 'completed' | 'failed'

/** One piece of work of a session. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly status: TaskStatus
  /** Rounds begun; absent before the first. */
  readonly iterations?: number
  /** How the tests gate last ended; `unmeasured` where the project has no tests to run. Absent before the first VERIFY. */
  readonly tests?: GateOutcome
  /** How each gate last ended, by its name. Absent before the first VERIFY. */
  readonly gates?: Readonly<Record<string, GateOutcome>>
  /** Why it failed. */
  readonly reason?: string
}

export type GateOutcome = 'passed' | 'failed' | 'unmeasured'

/** The branch of a session, and what it was made from. */
export interface SessionBranch {
  readonly name: string
  /** The branch that was checked out before; absent where none was. */
  readonly base?: string
  /** The commit that both began at. */
  readonly from: string
  /** Its last commit, once the work is done and committed. */
  readonly commit?: string
  /** Where its pull request is. */
  readonly pullRequest?: string
}

/** The content of `session.json`; see docs/formats/sessions.md. */
export interface SessionState {
  readonly version: 1
  readonly id: string
  readonly status: SessionStatus
  /** The process that runs the session. */
  readonly pid: number
  /** With `pid`, names that process for ever; absent where the system does not tell. */
  readonly processStart?: string
  readonly provider: string
  readonly prd: { readonly path: string; readonly sha256: string }
  readonly tasks: readonly Task[]
  readonly currentTask?: string
  readonly phase?: Phase
  readonly iteration?: number
  readonly maxIterations: number
  readonly startedAt: string
  readonly updatedAt: string
  readonly endedAt?: string
  /** The private folder outside the project; removed at the end. */
  readonly scratchDir: string
  /** Sum of what the provider reported; absent while it reported nothing. */
  readonly usage?: TokenUsage
  readonly costUsd?: number
  /** The gates that the work passed as it is now; absent while an agent is changing it. */
  readonly passedGates?: readonly string[]
  /** The branch that it works on, under branch protection. */
  readonly branch?: SessionBranch
  /** Why it is as it is, in a sentence: always there once it failed or was stopped. */
  readonly reason?: string
}

const statuses: readonly SessionStatus[] = ['starting', 'running', 'paused', 'stopped', 'completed', 'failed']
const taskStatuses: readonly TaskStatus[] = ['pending', 'in_progress', 'completed', 'failed']

/** Whether a session with this status has work ahead of it. */
export function isOpen(status: SessionStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'paused'
}

/** The last state of a session: nothing of it is at work any more. */
export function closedState(
  state: SessionState,
  end: { readonly status: SessionStatus; readonly reason: string | undefined; readonly endedAt: string },
): SessionState {
  const { status, reason, endedAt } = end
  const closed: { -readonly [Field in keyof SessionState]: SessionState[Field] } = {
    ...state,
    status,
    endedAt,
    updatedAt: endedAt,
    ...(reason === undefined ? {} : { reason }),
  }
  delete closed.currentTask
  delete closed.phase
  delete closed.iteration
  return closed
}

/** Parses `session.json`. Throws `BAD_STATE` naming the file and the first field that is not as it must be. */
export function parseState(text: string, file: string): SessionState {
  const fields = parseObject(text, file)
  const wrong = Object.entries(required).find(([name, holds]) => !holds(fields[name]))
  if (wrong !== undefined) throw badState(file, `field ${JSON.stringify(wrong[0])} is missing or malformed`)
  // Every field without which nothing can be done was just checked; the rest is optional or for people.
  return fields as unknown as SessionState
}

const required: Readonly<Record<string, (value: unknown) => boolean>> = {
  version: (value) => value === 1,
  id: isText,
  status: (value) => statuses.some((status) => status === value),
  pid: (value) => Number.isSafeInteger(value) && (value as number) > 0, // an integer, by the check before it
  processStart: (value) => value === undefined || isText(value),
  provider: isText,
  prd: (value) => isObject(value) && isText(value.path) && isText(value.sha256),
  tasks: (value) => Array.isArray(value) && value.every(isTask),
  maxIterations: Number.isSafeInteger,
  startedAt: isText,
  updatedAt: isText,
  scratchDir: isText,
}

function isTask(value: unknown): boolean {
  if (!isObject(value)) return false
  return isText(value.id) && typeof value.title === 'string' && taskStatuses.some((status) => status === value.status)
}

function parseObject(text: string, file: string): Readonly<Record<string, unknown>> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw badState(file, 'it is not JSON', cause)
  }
  if (!isObject(parsed)) throw badState(file, 'it is not a JSON object')
  return parsed
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function badState(file: string, problem: string, cause?: unknown): RunnerError {
  const message = `${file} must hold the state of a session (version 1), but ${problem}. If no runner works on it, remove its folder.`
  return new RunnerError('BAD_STATE', message, { cause })
}
