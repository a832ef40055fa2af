import type { Action, ActionResult } from '../action.js'
import { actionDigest } from '../digest.js'
import { GuardError, messageOf } from '../errors.js'
import { ProjectGuards } from '../project-guards.js'
import type { OutputReview } from '../review.js'
import { answerAction } from '../server/action-call.js'
import { DOORS, governedEnv, MAX_INPUT_BYTES, PROTOCOL_VERSION } from '../server/protocol.js'
import type { ActionRequest, Response } from '../server/protocol.js'
import type { Verdict } from '../verdict.js'
import { reachGuard } from './reach.js'

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
    return (
      (await reachGuard(request, { env, silenceMs: options.silenceMs, startGuard: options.startGuard })) ??
      (await answerAction(request, here.guardFor))
    )
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
