import { randomBytes } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import { serveGuard, type Guard, type GuardServer } from '@loki/guard'
import { messageOf, RunnerError } from '../errors.js'
import { sweepSession, type SweepResult } from '../processes/sweep.js'
import { processEntry } from '../processes/table.js'
import type { Provider, TokenUsage } from '../providers/provider.js'
import { chooseProvider } from '../providers/registry.js'
import { readRequirements, type Requirements } from '../requirements/document.js'
import { workThrough } from '../rounds/rounds.js'
import { Chronicle } from './chronicle.js'
import { claimProject, deadSessions } from './claim.js'
import { closeDeadSession } from './dead.js'
import type { SessionProgress } from './progress.js'
import { makeScratch, socketIn } from './scratch.js'
import { Session } from './session.js'
import type { SessionState, Task } from './state.js'

export interface StartOptions {
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** The requirements document, relative to the project if not absolute. */
  readonly prd: string
  /** `claude`, `codex`, `gemini`, `command` or `replay`. */
  readonly provider: string
  /** The guard of this project; the session serves it to the agent's hooks. The caller closes what it opened. */
  readonly guard: Guard
  readonly audit: AuditLog
  readonly events: EventBus
  /** What a hook of an agent runs, up to the name of the host: `['/usr/bin/node', '/opt/loki/main.js', 'hook']`. */
  readonly hookCommand: readonly string[]
  /** Provider `replay`: the file of the recorded agent. */
  readonly replayFile?: string
  /** Provider `command`: the program and its arguments. */
  readonly command?: readonly string[]
  /** Rounds that a task may take; default 3. */
  readonly maxIterations?: number
  /** Proves the work, run by bash in the project; default `npm test` where package.json has a test script. */
  readonly testCommand?: string
  /** The environment of agent and tests; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  readonly now?: () => Date
  readonly onProgress?: (progress: SessionProgress) => void
  /** Stops the session as a person would. */
  readonly signal?: AbortSignal
}

/** How a session ended. */
export interface SessionResult {
  readonly id: string
  readonly status: 'completed' | 'failed' | 'stopped'
  readonly reason?: string
  readonly tasks: readonly Task[]
  readonly usage?: TokenUsage
  readonly costUsd?: number
  /** What became of processes that outlived the agent. */
  readonly leftovers: SweepResult
}

type Outcome = SessionResult['status']

const defaultIterations = 3
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Runs one session until its tasks are done, one has failed, or it is stopped; SIGINT, SIGTERM and SIGHUP to this
 * process stop it too. Rejects, before anything was done, where it cannot begin; what happens later is in the result.
 */
export async function startSession(options: StartOptions): Promise<SessionResult> {
  const { projectDir, env = process.env, now = () => new Date() } = options
  checkOptions(options)
  const provider = await chooseProvider({ ...options, name: options.provider, env })
  const requirements = await readRequirements(resolve(projectDir, options.prd))
  const id = newId(now())
  const scratchDir = makeScratch(id)
  try {
    const state = firstState({ id, scratchDir, provider, requirements, options, startedAt: now().toISOString() })
    await claimProject(projectDir, state)
    const { audit, events } = options
    for (const dead of deadSessions(projectDir)) await closeDeadSession(projectDir, dead, { audit, events, now })
    const chronicle = new Chronicle({ session: id, audit, events, onProgress: options.onProgress })
    const session = new Session({ projectDir, state, guard: options.guard, chronicle, now })
    return await runSession(session, provider, requirements, { ...options, env })
  } finally {
    rmSync(scratchDir, { recursive: true, force: true })
  }
}

async function runSession(
  session: Session,
  provider: Provider,
  requirements: Requirements,
  options: StartOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<SessionResult> {
  const release = obeySignals(session, options.signal)
  const sweeping = sweepOnStop(session)
  let server: GuardServer | undefined
  let outcome: Outcome = 'failed'
  try {
    const socketPath = socketIn(session.state.scratchDir)
    server = await serveGuard({ socketPath, guardFor: () => options.guard })
    await begin(session)
    const env = {
      ...options.env,
      LOKI_GUARD_SOCKET: socketPath,
      LOKI_SESSION_ID: session.id,
      LOKI_PROJECT_DIR: session.projectDir,
    }
    const { hookCommand, testCommand } = options
    outcome = await workThrough({ session, provider, requirements, env, hookCommand, testCommand })
  } catch (thrown) {
    session.fail(thrown)
  }
  try {
    return await finish(session, outcome, sweeping)
  } finally {
    release()
    await server?.close()
  }
}

async function begin(session: Session): Promise<void> {
  const { provider, prd, tasks, maxIterations, pid } = session.state
  session.update({}) // the claim wrote "running"; from here on this object is the one writer
  session.chronicle.show({ kind: 'session', session: session.id, status: session.state.status })
  await session.chronicle.record('session.started', {
    provider,
    prd_sha256: prd.sha256,
    tasks: tasks.length,
    max_iterations: maxIterations,
    pid,
  })
}

/** Ends whatever the agent left, then says how it ended: on the record first, in the state last. */
async function finish(session: Session, worked: Outcome, sweeping: () => Promise<SweepResult>): Promise<SessionResult> {
  const leftovers = await sweeping()
  session.guard.agentEnded(session.id)
  let { status, reason } = ending(session, worked)
  try {
    await session.settled()
    const facts = { status, leftovers_ended: leftovers.ended, leftovers_left: leftovers.left.length }
    const by = status === 'stopped' ? session.requester : undefined
    await session.chronicle.record(status === 'stopped' ? 'session.stopped' : 'session.finished', {
      ...facts,
      ...(by === undefined ? {} : { by }),
    })
  } catch (thrown) {
    status = 'failed'
    reason = `its end could not be recorded: ${messageOf(thrown)}`
  }
  await session.chronicle.flush()
  session.end(status, reason)
  const { id, tasks, usage, costUsd } = session.state
  return {
    id,
    status,
    tasks,
    leftovers,
    ...(reason === undefined ? {} : { reason }),
    ...(usage === undefined ? {} : { usage }),
    ...(costUsd === undefined ? {} : { costUsd }),
  }
}

/**
 * Sweeps as soon as the session is stopped, while the agent's processes still have their parents and can be told, and
 * in any case once more at the end.
 */
function sweepOnStop(session: Session): () => Promise<SweepResult> {
  let early: Promise<SweepResult> | undefined
  const start = (): void => {
    early = sweepSession(session.id)
  }
  if (session.stopSignal.aborted) start()
  else session.stopSignal.addEventListener('abort', start, { once: true })
  return async () => {
    session.stopSignal.removeEventListener('abort', start)
    const first = await early
    const last = await sweepSession(session.id)
    return { ...last, ended: last.ended + (first?.ended ?? 0) }
  }
}

function ending(session: Session, worked: Outcome): { status: Outcome; reason: string | undefined } {
  if (session.failure !== undefined) return { status: 'failed', reason: messageOf(session.failure) }
  if (worked === 'stopped') return { status: 'stopped', reason: `stopped by ${session.requester ?? 'a person'}` }
  if (worked === 'completed') return { status: 'completed', reason: undefined }
  const task = session.state.tasks.find((candidate) => candidate.status === 'failed')
  return { status: 'failed', reason: task === undefined ? 'it failed' : `task ${task.id} failed ${task.reason ?? ''}` }
}

function obeySignals(session: Session, signal: AbortSignal | undefined): () => void {
  const aborted = (): void => {
    session.stop('caller')
  }
  const handlers = stopSignals.map((name) => {
    const handler = (): void => {
      session.stop(`signal:${name}`)
    }
    process.on(name, handler)
    return { name, handler }
  })
  if (signal?.aborted === true) aborted()
  signal?.addEventListener('abort', aborted, { once: true })
  return () => {
    signal?.removeEventListener('abort', aborted)
    for (const { name, handler } of handlers) process.off(name, handler)
  }
}

function firstState(parts: {
  readonly id: string
  readonly scratchDir: string
  readonly provider: Provider
  readonly requirements: Requirements
  readonly options: StartOptions
  readonly startedAt: string
}): SessionState {
  const { id, scratchDir, provider, requirements, options, startedAt } = parts
  const start = processEntry(process.pid)?.start
  return {
    version: 1,
    id,
    status: 'running',
    pid: process.pid,
    ...(start === undefined ? {} : { processStart: start }),
    provider: provider.name,
    prd: { path: requirements.path, sha256: requirements.sha256 },
    tasks: requirements.tasks.map(({ done, ...task }) => ({ ...task, status: done ? 'completed' : 'pending' })),
    maxIterations: options.maxIterations ?? defaultIterations,
    startedAt,
    updatedAt: startedAt,
    scratchDir,
  }
}

function newId(now: Date): string {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '')
  return `ses-${time}-${randomBytes(3).toString('hex')}`
}

function checkOptions({ projectDir, guard, maxIterations, testCommand }: StartOptions): void {
  if (!isAbsolute(projectDir) || statSync(projectDir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new RunnerError('BAD_PROJECT', `The project must be the absolute path of a folder, got ${projectDir}.`)
  }
  if (guard.projectDir !== projectDir) {
    throw new RunnerError('BAD_OPTION', `The guard is that of ${guard.projectDir}, the session is for ${projectDir}.`)
  }
  const iterations = maxIterations ?? defaultIterations
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > 1000) {
    throw new RunnerError('BAD_OPTION', `Iterations must be a whole number from 1 to 1000, got ${iterations}.`)
  }
  if (testCommand?.trim() === '') throw new RunnerError('BAD_OPTION', 'The test command must not be empty.')
}
