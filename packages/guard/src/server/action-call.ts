import { GuardError } from '../errors.js'
import type { Guard } from '../guard.js'
import { readAction } from '../http/action.js'
import { DOORS } from './protocol.js'
import type { ActionRequest, Response } from './protocol.js'

/**
 * Answers a door that brings an action and no hook: asks the guard of its project, or tells it how the action ended.
 * Rejects where the action cannot be read or its end cannot be recorded; whoever asked then refuses.
 */
export async function answerAction(
  request: ActionRequest,
  guardFor: (projectDir: string, env: ActionRequest['env']) => Guard,
): Promise<Response> {
  const door = DOORS.find((name) => name === request.door)
  if (door === undefined) throw new GuardError('PROTOCOL', `An action comes from one of ${DOORS.join(', ')}.`)
  const action = { ...readAction(request.action), host: door }
  const guard = guardFor(action.projectDir, request.env)
  if (request.kind === 'check') return { kind: 'verdict', verdict: await guard.check(action) }
  if (request.kind === 'review')
    return { kind: 'reviewed', review: await guard.reviewOutput(action, request.texts ?? []) }
  if (request.result === undefined) throw new GuardError('PROTOCOL', 'An action that finished needs its result.')
  await guard.finished(action, request.result)
  return { kind: 'noted' }
}
