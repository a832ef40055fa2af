import { GuardError } from '../errors.js'
import type { Request, Response } from '../server/protocol.js'
import { guardSocketPath } from '../server/socket.js'
import { askServer } from './ask.js'

/** How long a guard process that was just started may take until it listens, in milliseconds. */
const START_MS = 3_000
const START_POLL_MS = 25

export interface ReachOptions {
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds without a word from the guard process after which it is taken for hung; default 10000. */
  readonly silenceMs?: number | undefined
  /** Starts a guard process in the background. Without it, a missing one is not started. */
  readonly startGuard?: (() => void) | undefined
}

/**
 * The answer of the guard process, which is started if there is none; `undefined` where none can be had, and whoever asks may
 * decide for itself. Rejects where one is there and hangs or fails: it may have recorded half of something, and deciding again
 * beside it is not safe.
 */
export async function reachGuard(
  request: Request,
  { env, silenceMs, startGuard }: ReachOptions,
): Promise<Response | undefined> {
  const socketPath = guardSocketPath(env)
  const first = await attempt(socketPath, request, silenceMs)
  // A socket that was named belongs to one session: nothing else may take its place.
  if (first !== undefined || startGuard === undefined || env.LOKI_GUARD_SOCKET !== undefined) return first
  startGuard()
  const until = performance.now() + START_MS
  while (performance.now() < until) {
    await new Promise((done) => setTimeout(done, START_POLL_MS))
    const answer = await attempt(socketPath, request, silenceMs)
    if (answer !== undefined) return answer
  }
  return undefined
}

async function attempt(
  socketPath: string,
  request: Request,
  silenceMs: number | undefined,
): Promise<Response | undefined> {
  try {
    const response = await askServer(socketPath, request, silenceMs)
    if (response.kind === 'error') throw new GuardError('DEADLINE', `The guard process failed: ${response.message}`)
    return response.kind === 'stale' ? undefined : response // of another build: it leaves, and a new one takes its place
  } catch (thrown) {
    if (thrown instanceof GuardError && (thrown.code === 'DEADLINE' || thrown.code === 'SOCKET_UNSAFE')) throw thrown
    return undefined
  }
}
