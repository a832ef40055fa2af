import { randomBytes } from 'node:crypto'
import { rmSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { AuditLog } from '@loki/audit'
import type { CostLedger } from '@loki/costs'
import type { EventBus } from '@loki/events'
import { serveGuard, type Guard, type GuardServer } from '@loki/guard'
import type { Delivery } from '../branches/delivery.js'
import { endBranch, takeBranch } from '../branches/session-branch.js'
import { readBranchSettings, type BranchSettings } from '../branches/settings.js'
import { messageOf, RunnerError } from '../errors.js'
import { sweepSession, type SweepResult } from '../processes/sweep.js'
import { processEntry } from '../processes/table.js'
import type { Provider, TokenUsage } from '../providers/provider.js'
import { chooseProvider } from '../providers/registry.js'
import { readRequirements, type Requirements } from '../requirements/document.js'
import { gatesOf } from '../gates/list.js'
import { takeSnapshot } from '../gates/security/snapshots.js'
import { readGateSettings, type GateSettings } from '../gates/settings.js'
import { Funds } from '../rounds/funds.js'
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
  /** The ledger that its model calls are paid from; without one nothing is counted. */
  readonly costs?: CostLedger
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
  /** The profile of gates, instead of the one that `LOKI_GATE_PROFILE` names. */
  readonly gateProfile?: string
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
  /** What became of its branch, under branch protection. */
  readonly branch?: Delivery
  /** What it waited for when it ended; then its work is not done. */
  readonly waitsFor?: 'budget' | 'unknown_price'
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
  const gates = readGateSettings({ projectDir, env, profile: options.gateProfile })
  const branches = readBranchSettings(env)
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
    return await runSession(session, provider, requirements, { ...options, env, gates, branches })
  } finally {
    rmSync(scratchDir, { recursive: true, force: true })
  }
}

interface RunOptions extends StartOptions {
  readonly env: NodeJS.ProcessEnv
  readonly gates: GateSettings
  readonly branches: BranchSettings
}

async function runSession(
  session: Session,
  provider: Provider,
  requirements: Requirements,
  options: RunOptions,
): Promise<SessionResult> {
  const release = obeySignals(session, options.signal)
  const sweeping = sweepOnStop(session)
  let server: GuardServer | undefined
  let outcome: Outcome = 'failed'
  let delivery: Delivery | undefined
  try {
    const socketPath = socketIn(session.state.scratchDir)
    server = await serveGuard({ socketPath, guardFor: () => options.guard })
    await begin(session, options.gates)
    if (options.branches.protection) await takeBranch(session, options)
    const env = {
      ...options.env,
      LOKI_GUARD_SOCKET: socketPath,
      LOKI_SESSION_ID: session.id,
      LOKI_PROJECT_DIR: session.projectDir,
    }
    const { hookCommand, costs } = options
    const { scratchDir } = session.state
    const { projectDir, stopSignal: signal } = session
    const snapshots = await takeSnapshot({ projectDir, scratchDir, env: options.env, signal })
    const gates = gatesOf(options.gates, options.testCommand)
    const funds = costs === undefined ? undefined : new Funds({ ledger: costs, session, provider })
    outcome = await workThrough({ session, provider, requirements, env, hookCommand, gates, snapshots, funds })
    delivery =
      outcome === 'completed'
        ? await endBranch(session, { env: options.env, settings: options.branches, allow: options.gates.allow })
        : session.state.branch
  } catch (thrown) {
    // A step that a stop has cut short did not fail.
    if (session.stopSignal.aborted && session.failure === undefined) outcome = 'stopped'
    else session.fail(thrown)
  }
  try {
    return { ...(await finish(session, outcome, sweeping)), ...(delivery === undefined ? {} : { branch: delivery }) }
  } finally {
    release()
    await server?.close()
  }
}

async function begin(session: Session, { profile }: GateSettings): Promise<void> {
  const { provider, prd, tasks, maxIterations, pid } = session.state
  session.update({}) // the claim wrote "running"; from here on this object is the one writer
  session.chronicle.show({ kind: 'session', session: session.id, status: session.state.status })
  await session.chronicle.record('session.started', {
    provider,
    prd_sha256: prd.sha256,
    tasks: tasks.length,
    max_iterations: maxIterations,
    pid,
    ...(profile === undefined ? {} : { gate_profile: profile }),
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
    ...(session.waitsFor === undefined ? {} : { waitsFor: session.waitsFor }),
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
