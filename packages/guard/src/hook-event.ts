import { isAbsolute } from 'node:path'
import { GuardError, messageOf } from './errors.js'
import type { CheckOptions, Guard } from './guard.js'
import { projectRoot } from './branch.js'
import { claudeHooksIntact } from './hooks/intact.js'
import { objectOf, textIn } from './hosts/fields.js'
import type { Fields } from './hosts/fields.js'
import { adapterOf } from './hosts/index.js'
import { blockAnswer, SILENCE } from './hosts/host.js'
import type { HookAnswer, HookContext, HookEvent, HostAdapter } from './hosts/host.js'

/** A hook that was called: the host, its standard input, and where it ran. */
export type HookCall = {
  readonly host: string
  readonly input: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Answers one call of a hook: input to action, action to verdict, verdict to the host's words. Never rejects; what
 * cannot be understood or decided is a refusal, because every host takes silence for consent.
 */
export async function answerHookCall(
  call: HookCall,
  guardFor: (projectDir: string, env: HookCall['env']) => Guard,
  options: CheckOptions = {},
): Promise<HookAnswer> {
  try {
    const adapter = adapterOf(call.host)
    const input = objectOf(parseJson(call.input), `${call.host}'s hook input`)
    const context = contextOf(call, input)
    return await answerEvent(adapter, adapter.parse(input, context), guardFor(context.projectDir, call.env), options)
  } catch (thrown) {
    return blockAnswer(messageOf(thrown))
  }
}

async function answerEvent(
  adapter: HostAdapter,
  event: HookEvent,
  guard: Guard,
  options: CheckOptions,
): Promise<HookAnswer> {
  switch (event.kind) {
    case 'before':
      return adapter.answer(event, await guard.check(event.action, options))
    case 'after':
      await guard.finished(event.action, event.result)
      return SILENCE
    case 'settings_changed':
      return claudeHooksIntact(guard.projectDir) || adapter.refuseSettings === undefined
        ? SILENCE
        : adapter.refuseSettings(
            'Loki: this change would take the hooks of Loki away; loki hooks uninstall claude is the way to do that.',
          )
    case 'agent_ended':
      guard.agentEnded(event.session, event.agent)
      return SILENCE
    case 'other':
      return SILENCE
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const came = text.trim() === '' ? 'nothing' : `${text.length} characters that are not JSON`
    throw new GuardError('BAD_HOOK_INPUT', `The hook's standard input must be one JSON object, got ${came}.`, { cause })
  }
}

/** The project: as `loki start` says, else as the host says, else found from where the hook ran. */
function contextOf(call: HookCall, input: Fields): HookContext {
  const { env } = call
  const byHost =
    call.host === 'claude' ? env.CLAUDE_PROJECT_DIR : call.host === 'gemini' ? env.GEMINI_PROJECT_DIR : undefined
  const told = [env.LOKI_PROJECT_DIR, byHost].find((dir) => dir !== undefined && isAbsolute(dir))
  const projectDir = told ?? projectRoot(textIn(input, 'cwd') ?? call.cwd)
  const session = env.LOKI_SESSION_ID
  return { projectDir, ...(session === undefined || session === '' ? {} : { session }) }
}
