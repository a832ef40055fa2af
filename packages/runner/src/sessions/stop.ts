import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import { writeControl } from '@loki/guard'
import { RunnerError } from '../errors.js'
import { isAlive } from '../processes/table.js'
import { sweepSession, type SweepResult } from '../processes/sweep.js'
import { notRunning } from './control.js'
import { closeDeadSession } from './dead.js'
import { isOpen, type SessionState } from './state.js'
import { assertSessionId, isRunnerAlive, readSession, readStored, type SessionView } from './store.js'

export interface StopOptions {
  /** Who stops it: `cli:alice`. */
  readonly by: string
  /** Where the stop is recorded if the runner is no longer there to do it. */
  readonly audit?: AuditLog
  readonly events?: EventBus
  /** How long its runner may take to end before it is ended; default 20000. */
  readonly timeoutMs?: number
  readonly now?: () => Date
}

const defaultTimeoutMs = 20_000
const pollMs = 50
const graceMs = 5000

/**
 * Stops a session from any process, and returns when nothing of it runs any more. Where its runner was killed or
 * hangs, this does the runner's part: ends every process of the session and closes it.
 *
 * Throws `NOT_RUNNING` for a session that has ended, `STOP_TIMEOUT` where a runner can't be ended.
 */
export async function stopSession(projectDir: string, id: string, options: StopOptions): Promise<SessionView> {
  const state = readStored(projectDir, id)
  if (!isOpen(state.status)) throw notRunning(id, `it is ${state.status}`)
  writeControl(projectDir, id, 'stop', options.by)
  const ended = await waitForEnd(projectDir, state, options.timeoutMs ?? defaultTimeoutMs)
  if (!ended) await endRunner(state)
  const now = readStored(projectDir, id)
  if (isOpen(now.status)) {
    const { audit, events, by } = options
    await closeDeadSession(projectDir, now, { audit, events, by, now: options.now ?? (() => new Date()) })
  }
  return readSession(projectDir, id)
}

/** Ends every process that a session left behind; see {@link SweepResult} for what that can and can't find. */
export async function stopLeftovers(session: string): Promise<SweepResult> {
  assertSessionId(session)
  return await sweepSession(session)
}

/** True when the session is closed or its runner gone. */
async function waitForEnd(projectDir: string, { id }: SessionState, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline) {
    const state = readStored(projectDir, id)
    if (!isOpen(state.status) || !isRunnerAlive(state)) return true
    await sleep(pollMs)
  }
  return false
}

async function endRunner({ id, pid, processStart }: SessionState): Promise<void> {
  if (pid !== process.pid) {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (isAlive(pid, processStart)) process.kill(pid, signal)
      const deadline = Date.now() + graceMs
      while (Date.now() < deadline) {
        if (!isAlive(pid, processStart)) return
        await sleep(pollMs)
      }
    }
  }
  throw new RunnerError('STOP_TIMEOUT', `The runner of ${id} (process ${pid}) does not end; end that process by hand.`)
}
