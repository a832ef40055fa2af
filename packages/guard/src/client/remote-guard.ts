import type { Action, ActionResult } from '../action.js'
import { actionDigest } from '../digest.js'
import { GuardError, messageOf } from '../errors.js'
import { ProjectGuards } from '../project-guards.js'
import type { OutputReview } from '../review.js'
import { answerAction } from '../server/action-call.js'
import { DOORS, governedEnv, MAX_INPUT_BYTES, PROTOCOL_VERSION } from '../server/protocol.js'
import type { ActionRequest, Response } from '../server/protocol.js'
import { guardSocketPath } from '../server/socket.js'
import type { Verdict } from '../verdict.js'
import { askServer } from './ask.js'

/** How long a guard process that was just started may take until it listens, in milliseconds. */
const START_MS = 3_000
const START_POLL_MS = 25

export interface RemoteGuardOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Names the program, so that a guard process of an older build is not asked; by convention `path@mtime`. */
  readonly build: string
  /** Milliseconds without a word from the guard process after which an action is refused; default 10000. */
  readonly silenceMs?: number
  /** Starts a guard process in the background. Without it, a missing one is not started. */
  readonly startGuard?: () => void
}

/** A guard that is asked from outside its process, by a door that stays open for many actions. */
export interface RemoteGuard {
  /** Never rejects: whatever goes wrong is a `DENY` that says what. */
  check(action: Action): Promise<Verdict>
  /** Rejects where the end of the action could not be recorded. */
  finished(action: Action, result: ActionResult): Promise<void>
  /** What the model may see of what an action brought back. Never rejects: what cannot be checked is withheld. */
  reviewOutput(action: Action, texts: readonly string[]): Promise<OutputReview>
  close(): Promise<void>
}

type More = Pick<ActionRequest, 'result' | 'texts'>

/**
 * Asks the guard process of this user, starts it if there is none, and else decides in this process. One that is there and
 * does not answer is a refusal: it may have recorded half of something, and deciding again beside it is not safe.
 */
export function remoteGuard(options: RemoteGuardOptions): RemoteGuard {
  const { env = process.env, build } = options
  const here = new ProjectGuards()
  const ask = async (kind: ActionRequest['kind'], action: Action, more: More = {}): Promise<Response> => {
    const { host, ...said } = action
    const door = DOORS.find((name) => name === host)
    if (door === undefined)
      throw new GuardError('PROTOCOL', `A door asks as one of ${DOORS.join(', ')}, not as ${host}.`)
    const text = JSON.stringify(said)
    const bytes = Buffer.byteLength(text)
    if (bytes > MAX_INPUT_BYTES) {
      throw new GuardError(
        'INPUT_TOO_LARGE',
        `The action has ${bytes} bytes; at most ${MAX_INPUT_BYTES} can be checked. Split the call.`,
      )
    }
    const request: ActionRequest = {
      v: PROTOCOL_VERSION,
      kind,
      door,
      action: text,
      env: governedEnv(env),
      build,
      ...more,
    }
    return (await askGuard(request, options, env)) ?? (await answerAction(request, here.guardFor))
  }
  return {
    check: async (action) => {
      try {
        const response = await ask('check', action)
        if (response.kind === 'verdict') return response.verdict
        throw new GuardError('PROTOCOL', `The guard process answered "${response.kind}" where a verdict was expected.`)
      } catch (thrown) {
        return {
          decision: 'DENY',
          reason: `the guard could not decide: ${messageOf(thrown)}`,
          rule: 'guard_error',
          suggest: 'mend what the message names, then try again',
          violations: [],
          digest: actionDigest(action),
        }
      }
    },
    finished: async (action, result) => {
      await ask('finished', action, { result })
    },
    reviewOutput: async (action, texts) => {
      try {
        // What went out was decided on already; only what came back is looked at.
        const response = await ask('review', { ...action, content: '' }, { texts })
        if (response.kind === 'reviewed') return response.review
        throw new GuardError('PROTOCOL', `The guard process answered "${response.kind}" where a review was expected.`)
      } catch (thrown) {
        return { kind: 'withheld', reason: `it could not be checked: ${messageOf(thrown)}`, found: [] }
      }
    },
    close: () => here.close(),
  }
}

/** The answer of a guard process, or `undefined` where none can be had. */
async function askGuard(
  request: ActionRequest,
  options: RemoteGuardOptions,
  env: NodeJS.ProcessEnv,
): Promise<Response | undefined> {
  const socketPath = guardSocketPath(env)
  const first = await attempt(socketPath, request, options.silenceMs)
  // A socket that was named belongs to one session: nothing else may take its place.
  if (first !== undefined || options.startGuard === undefined || env.LOKI_GUARD_SOCKET !== undefined) return first
  options.startGuard()
  const until = performance.now() + START_MS
  while (performance.now() < until) {
    await new Promise((done) => setTimeout(done, START_POLL_MS))
    const answer = await attempt(socketPath, request, options.silenceMs)
    if (answer !== undefined) return answer
  }
  return undefined
}

async function attempt(
  socketPath: string,
  request: ActionRequest,
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
