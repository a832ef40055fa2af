import { isAbsolute } from 'node:path'
import { GuardError, messageOf } from './errors.js'
import type { CheckOptions, Guard } from './guard.js'
import { projectRoot } from './branch.js'
import { claudeHooksIntact } from './hooks/intact.js'
import { copilotServers } from './hosts/copilot-servers.js'
import { objectOf, textIn, textsIn } from './hosts/fields.js'
import type { Fields } from './hosts/fields.js'
import { adapterOf } from './hosts/index.js'
import { SILENCE } from './hosts/host.js'
import type { HookAnswer, HookContext, HookEvent, HostAdapter } from './hosts/host.js'
import { outputTexts } from './hosts/output.js'
import { refusalAnswer } from './hosts/refusal.js'

/** A hook that was called: the host, its standard input, and where it ran. */
export type HookCall = {
  readonly host: string
  /** The event, for a host whose input does not name it. */
  readonly event?: string | undefined
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
    return refusalAnswer(call.host, call.event, messageOf(thrown))
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
      return answerAfter(adapter, event, guard)
    case 'prompt': {
      const verdict = await guard.checkPrompt(event.action)
      return verdict.decision === 'ALLOW' || adapter.answerPrompt === undefined
        ? passed(adapter, event)
        : adapter.answerPrompt(verdict)
    }
    case 'settings_changed':
      return claudeHooksIntact(guard.projectDir) || adapter.refuseSettings === undefined
        ? SILENCE
        : adapter.refuseSettings(
            'Loki: this change would take the hooks of Loki away; loki hooks uninstall claude is the way to do that.',
          )
    case 'agent_ended':
      guard.agentEnded(event.session, event.agent)
      return passed(adapter, event)
    case 'other':
      return passed(adapter, event)
  }
}

/** Records how the call ended, and keeps from the model what a rule says that it must not see. */
async function answerAfter(
  adapter: HostAdapter,
  event: Extract<HookEvent, { kind: 'after' }>,
  guard: Guard,
): Promise<HookAnswer> {
  const { action, result, output } = event
  // Looked through first: what cannot be recorded must not reach the model either.
  const review = output === undefined ? undefined : await guard.reviewOutput(action, outputTexts(output))
  await guard.finished(action, result)
  if (review === undefined || review.kind === 'clean' || adapter.answerOutput === undefined) {
    return passed(adapter, event)
  }
  return adapter.answerOutput(event, review)
}

function passed(adapter: HostAdapter, event: HookEvent): HookAnswer {
  return adapter.pass?.(event) ?? SILENCE
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const came = text.trim() === '' ? 'nothing' : `${text.length} characters that are not JSON`
    throw new GuardError('BAD_HOOK_INPUT', `The hook's standard input must be one JSON object, got ${came}.`, { cause })
  }
}

/** Variables by which hosts tell their hooks the project. Some set those of others too, so each is asked for its own. */
const PROJECT_OF: Readonly<Record<string, string>> = {
  claude: 'CLAUDE_PROJECT_DIR',
  gemini: 'GEMINI_PROJECT_DIR',
  copilot: 'COPILOT_PROJECT_DIR',
  cursor: 'CURSOR_PROJECT_DIR',
}

/** The project: as `loki start` says, else as the host says, else found from where the hook ran. */
function contextOf(call: HookCall, input: Fields): HookContext {
  const { env, event, host } = call
  if (event !== undefined && host !== 'copilot') {
    throw new GuardError(
      'BAD_HOOK_INPUT',
      `${host} names its events itself: expected loki hook ${host}, got one more word.`,
    )
  }
  const told = [env.LOKI_PROJECT_DIR, env[PROJECT_OF[host] ?? '']].find((dir) => dir !== undefined && isAbsolute(dir))
  const projectDir = told ?? projectRoot(textIn(input, 'cwd') ?? textsIn(input, 'workspace_roots')[0] ?? call.cwd)
  const session = env.LOKI_SESSION_ID
  return {
    projectDir,
    ...(session === undefined || session === '' ? {} : { session }),
    ...(event === undefined ? {} : { event }),
    ...(host === 'copilot' ? { servers: copilotServers(projectDir, env) } : {}),
  }
}
