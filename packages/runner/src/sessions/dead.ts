import { rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import { sweepSession } from '../processes/sweep.js'
import { Chronicle } from './chronicle.js'
import { closedState, type SessionState } from './state.js'
import { writeState } from './store.js'

export interface DeadSessionOptions {
  readonly audit: AuditLog | undefined
  readonly events: EventBus | undefined
  readonly now: () => Date
  /** Who stops it; without one it is found dead, and failed. */
  readonly by?: string
}

/** Ends what a killed runner left behind, and closes its session. */
export async function closeDeadSession(
  projectDir: string,
  state: SessionState,
  { audit, events, now, by }: DeadSessionOptions,
): Promise<SessionState> {
  const swept = await sweepSession(state.id)
  const status = by === undefined ? 'failed' : 'stopped'
  const gone = `its runner (process ${state.pid}) had ended without finishing`
  const reason = by === undefined ? gone : `stopped by ${by}; ${gone}`
  const chronicle = new Chronicle({ session: state.id, audit, events })
  await chronicle.record(
    by === undefined ? 'session.finished' : 'session.stopped',
    {
      status,
      leftovers_ended: swept.ended,
      leftovers_left: swept.left.length,
      ...(by === undefined ? {} : { by }),
    },
    gone,
  )
  await chronicle.flush()
  const ended = closedState(state, { status, reason, endedAt: now().toISOString() })
  writeState(projectDir, ended)
  // The path is from a file in the project: only a folder that is named for this session is removed.
  if (basename(state.scratchDir) === state.id) rmSync(state.scratchDir, { recursive: true, force: true })
  return ended
}
