import { answerHookCall } from '../hook-event.js'
import type { HookAnswer } from '../hosts/host.js'
import { ProjectGuards } from '../project-guards.js'
import type { HookRequest } from '../server/protocol.js'

/** Decides on a hook's call in this process, with the policies, the log and the bus of its project, and closes them. */
export async function decideHere(request: HookRequest): Promise<HookAnswer> {
  const guards = new ProjectGuards()
  try {
    return await answerHookCall(request, guards.guardFor)
  } finally {
    await guards.close()
  }
}
