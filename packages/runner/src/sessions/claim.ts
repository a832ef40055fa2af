import { setTimeout as sleep } from 'node:timers/promises'
import { RunnerError } from '../errors.js'
import { isOpen, type SessionState } from './state.js'
import { isRunnerAlive, readStored, removeSession, storedSessions, writeState } from './store.js'

const pollMs = 20
// A rival in `starting` needs as long as it takes to list a folder; one that takes longer hangs and is refused to.
const patienceMs = 5000

/**
 * Takes a project for a session, or throws `SESSION_LIVE` naming the one that has it.
 *
 * There is no lock file that a killed runner could leave behind. As in Lamport's bakery, each says that it is starting
 * before it looks at the others: whoever runs already wins, and of those that start at once the smallest id. A larger
 * one may have looked before we were there, so it is waited for until it has either begun or given way.
 */
export async function claimProject(projectDir: string, state: SessionState): Promise<void> {
  writeState(projectDir, { ...state, status: 'starting' })
  try {
    const deadline = Date.now() + patienceMs
    for (let waiting = true; waiting;) {
      const rivals = liveRivals(projectDir, state.id)
      const winner = rivals.find((rival) => rival.status !== 'starting' || rival.id < state.id)
      const first = winner ?? (Date.now() >= deadline ? rivals[0] : undefined)
      if (first !== undefined) throw refused(first)
      waiting = rivals.length > 0
      if (waiting) await sleep(pollMs)
    }
    // Others may have asked for a stop since; the state alone is ours.
    writeState(projectDir, { ...readStored(projectDir, state.id), status: 'running' })
  } catch (thrown) {
    removeSession(projectDir, state.id)
    throw thrown
  }
}

/** Sessions that say they go on while their runner is gone. */
export function deadSessions(projectDir: string): readonly SessionState[] {
  return storedSessions(projectDir).filter((state) => isOpen(state.status) && !isRunnerAlive(state))
}

function liveRivals(projectDir: string, id: string): readonly SessionState[] {
  return storedSessions(projectDir).filter((state) => state.id !== id && isOpen(state.status) && isRunnerAlive(state))
}

function refused(rival: SessionState): RunnerError {
  return new RunnerError(
    'SESSION_LIVE',
    `One session at a time works on a project, and ${rival.id} (process ${rival.pid}, ${rival.status}) does now. ` +
      `Wait for it, or stop it with: loki stop ${rival.id}`,
  )
}
