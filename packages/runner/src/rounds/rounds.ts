import type { Requirements } from '../requirements/document.js'
import { messageOf } from '../errors.js'
import type { Gate } from '../gates/gate.js'
import type { Snapshots } from '../gates/security/snapshots.js'
import type { Phase, Provider, ProviderOutcome } from '../providers/provider.js'
import type { Session } from '../sessions/session.js'
import type { Task } from '../sessions/state.js'
import type { Funds } from './funds.js'
import { modelCallRefusal } from './model-call.js'
import { promptFor, type PromptParts } from './prompts.js'
import { feedbackOf, runGates, type Verification } from './verify.js'

export interface RoundsOptions {
  readonly session: Session
  readonly provider: Provider
  readonly requirements: Requirements
  readonly env: NodeJS.ProcessEnv
  readonly hookCommand: readonly string[]
  /** What each task must pass in VERIFY. */
  readonly gates: readonly Gate[]
  readonly snapshots: Snapshots
  /** What its turns are paid from, where that is counted. */
  readonly funds: Funds | undefined
}

const workPhases = ['REASON', 'ACT', 'REFLECT'] as const
const turnLimitMs = 2 * 60 * 60_000
const maxFeedback = 12 * 1024

/**
 * Takes the tasks one after the other, each round REASON, ACT, REFLECT and VERIFY until its gates pass or its
 * iterations end. The first task that fails ends the session: the gates are the whole project's, so nothing after it
 * could pass. Returns early when the session is stopped.
 */
export async function workThrough(options: RoundsOptions): Promise<'completed' | 'failed' | 'stopped'> {
  const { session } = options
  for (const { id, status } of session.state.tasks) {
    if (status === 'completed') continue
    if (!(await session.runnable())) return 'stopped'
    const task = session.updateTask(id, { status: 'in_progress' })
    session.update({ currentTask: id })
    session.chronicle.show({ kind: 'task', session: session.id, change: 'started', task })
    await session.chronicle.record('task.started', { task: id })
    const end = await iterate(task, options)
    if (end === 'stopped') return 'stopped'
    const finished = session.updateTask(id, end)
    session.chronicle.show({ kind: 'task', session: session.id, change: 'finished', task: finished })
    await session.chronicle.record('task.finished', {
      task: id,
      status: finished.status,
      ...(finished.iterations === undefined ? {} : { iterations: finished.iterations }),
      ...(finished.tests === undefined ? {} : { tests: finished.tests }),
    })
    if (finished.status === 'failed') return 'failed'
  }
  return 'completed'
}

async function iterate(task: Task, options: RoundsOptions): Promise<Partial<Task> | 'stopped'> {
  const { session, requirements } = options
  const { maxIterations } = session.state
  let feedback: string | undefined
  let reason = ''
  for (let iteration = 1; iteration <= maxIterations; iteration += 1) {
    session.updateTask(task.id, { iterations: iteration })
    const parts: PromptParts = { task, iteration, maxIterations, document: requirements, feedback }
    const worked = await work(parts, options)
    if (worked === 'stopped') return 'stopped'
    // Asking again changes no policy: a person has to.
    if (worked !== 'done' && worked.refused === true) return { status: 'failed', reason: worked.failure }
    if (worked !== 'done') {
      reason = worked.failure
      feedback = worked.failure
      continue
    }
    const verified = await verify(task, iteration, options)
    if (verified === 'stopped') return 'stopped'
    const gates = Object.fromEntries(verified.results.map(({ gate, outcome }) => [gate, outcome]))
    session.updateTask(task.id, { gates, ...(gates.tests === undefined ? {} : { tests: gates.tests }) })
    session.passedGates(verified.results.filter(({ outcome }) => outcome === 'passed').map(({ gate }) => gate))
    if (verified.failed.length === 0) return { status: 'completed' }
    reason = verified.failed.map((gate) => gate.reason).join('; ')
    feedback = feedbackOf(verified.failed)
  }
  return { status: 'failed', reason: `after ${maxIterations} iteration${maxIterations === 1 ? '' : 's'}: ${reason}` }
}

/** Why an iteration got no further; `refused` where policy did not let the provider call its model. */
interface Failure {
  readonly failure: string
  readonly refused?: boolean
}

/** The three phases of the provider; the first that fails ends the iteration. */
async function work(parts: PromptParts, options: RoundsOptions): Promise<'done' | 'stopped' | Failure> {
  let plan: string | undefined
  // From here on the work changes, and no gate has seen what it becomes.
  options.session.forgetGates()
  for (const phase of workPhases) {
    // Waits here while paused: the guard would hold the question too, but not for as long as a person may take.
    if (!(await options.session.runnable())) return 'stopped'
    const refusal = await modelCallRefusal(options.session, options, promptFor(phase, { ...parts, plan }))
    if (options.session.stopSignal.aborted) return 'stopped'
    if (refusal !== undefined) return { failure: refusal, refused: true }
    const outcome = await inPhase({
      session: options.session,
      task: parts.task.id,
      phase,
      iteration: parts.iteration,
      run: () => paidTurn(phase, { ...parts, plan }, options),
      errorOf: failureOf,
    })
    if (outcome === 'stopped') return 'stopped'
    const failure = failureOf(outcome)
    if (failure !== undefined) return { failure: `the provider failed in ${phase}: ${failure}` }
    if (phase === 'REASON') plan = outcome.text
  }
  return 'done'
}

/** A turn with its money: set aside before, settled after. A ledger that fails ends the session. */
async function paidTurn(
  phase: (typeof workPhases)[number],
  parts: PromptParts,
  options: RoundsOptions,
): Promise<ProviderOutcome> {
  const { funds } = options
  const money = (await funds?.reserve({ task: parts.task.id, phase })) ?? {}
  if (money === 'stopped')
    return { exitCode: null, text: '', error: 'the session was stopped while it waited for money' }
  const outcome = await takeTurn(phase, parts, options)
  await funds?.settle(money.id, outcome)
  return outcome
}

async function takeTurn(
  phase: (typeof workPhases)[number],
  parts: PromptParts,
  { session, provider, env, hookCommand }: RoundsOptions,
): Promise<ProviderOutcome> {
  const limit = AbortSignal.timeout(turnLimitMs)
  const { id } = parts.task
  try {
    const outcome = await provider.run({
      session: session.id,
      task: id,
      phase,
      prompt: promptFor(phase, parts),
      projectDir: session.projectDir,
      scratchDir: session.state.scratchDir,
      env: { ...env, LOKI_TASK_ID: id, LOKI_PHASE: phase, LOKI_ITERATION: String(parts.iteration) },
      hookCommand,
      signal: AbortSignal.any([session.stopSignal, limit]),
      onOutput: (text) => {
        session.chronicle.show({ kind: 'output', session: session.id, task: id, phase, text })
      },
    })
    session.addUsage(outcome)
    return outcome
  } catch (thrown) {
    // A provider answers with an outcome; one that throws is broken, and that is a failed turn too.
    return { exitCode: null, text: '', error: messageOf(thrown) }
  } finally {
    // Each turn is a process of its own: it and its sub-agents no longer count as at work.
    session.guard.agentEnded(session.id)
  }
}

async function verify(task: Task, iteration: number, options: RoundsOptions): Promise<Verification | 'stopped'> {
  const { session, env, gates, snapshots } = options
  return await inPhase({
    session,
    task: task.id,
    phase: 'VERIFY',
    iteration,
    run: () => runGates({ session, task: task.id, iteration, gates, env, snapshots }),
  })
}

interface PhaseOptions<T> {
  readonly session: Session
  readonly task: string
  readonly phase: Phase
  readonly iteration: number
  readonly run: () => Promise<T>
  readonly errorOf?: (result: T) => string | undefined
}

/** Runs one phase, told before and after, unless the session is stopped before it or in it. */
async function inPhase<T>(options: PhaseOptions<T>): Promise<T | 'stopped'> {
  const { session, task, phase, iteration } = options
  if (!(await session.runnable())) return 'stopped'
  session.update({ phase, iteration })
  const about = { kind: 'phase', session: session.id, task, phase, iteration } as const
  session.chronicle.show({ ...about, change: 'started' })
  await session.chronicle.record('phase.started', { task, phase, iteration })
  const result = await options.run()
  if (session.stopSignal.aborted) return 'stopped'
  const error = options.errorOf?.(result)
  session.chronicle.show({ ...about, change: 'finished', ...(error === undefined ? {} : { error }) })
  await session.chronicle.record('phase.finished', { task, phase, iteration, ok: error === undefined })
  return result
}

function failureOf(outcome: ProviderOutcome): string | undefined {
  if (outcome.exitCode === 0 && outcome.error === undefined) return undefined
  const ended = outcome.exitCode === null ? `signal ${outcome.signal ?? 'unknown'}` : `exit code ${outcome.exitCode}`
  const text = outcome.error ?? `it ended with ${ended}`
  return text.slice(-maxFeedback).toWellFormed()
}
