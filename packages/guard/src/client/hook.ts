import { GuardError, messageOf } from '../errors.js'
import { refusalAnswer } from '../hosts/refusal.js'
import type { HookAnswer } from '../hosts/host.js'
import { governedEnv, MAX_INPUT_BYTES, PROTOCOL_VERSION } from '../server/protocol.js'
import type { HookRequest } from '../server/protocol.js'
import { reachGuard } from './reach.js'

export interface HookOptions {
  /** Which agent CLI calls, one of {@link HOOK_HOSTS}. */
  readonly host: string
  /** The event, for a host whose input does not name it: Copilot CLI. */
  readonly event?: string
  /** The hook's standard input, whole. */
  readonly input: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Names the program, so that a guard process of an older build is not asked; by convention `path@mtime`. */
  readonly build: string
  /** Milliseconds without a word from the guard process after which the hook refuses; default 10000. */
  readonly silenceMs?: number
  /** Starts a guard process in the background. Without it, a missing one is not started. */
  readonly startGuard?: () => void
  /** Decides in this process where no guard process can be had. */
  readonly decideHere: (request: HookRequest) => Promise<HookAnswer>
}

/**
 * Answers one call of a host's hook: asks the guard process, starts it if there is none, else decides in this process.
 * Never rejects: what goes wrong is a refusal in a form that its host understands (for most, exit 2 and a reason).
 *
 * This module loads `node:net` and `node:fs` and nothing else, because it runs before every tool call.
 */
export async function answerHook(options: HookOptions): Promise<HookAnswer> {
  try {
    const { host, event, input, cwd = process.cwd(), env = process.env, build } = options
    const bytes = Buffer.byteLength(input)
    if (bytes > MAX_INPUT_BYTES) {
      throw new GuardError(
        'INPUT_TOO_LARGE',
        `The hook's input has ${bytes} bytes; at most ${MAX_INPUT_BYTES} can be checked. Split the call.`,
      )
    }
    const request: HookRequest = {
      v: PROTOCOL_VERSION,
      kind: 'hook',
      host,
      ...(event === undefined ? {} : { event }),
      input,
      cwd,
      env: governedEnv(env),
      build,
    }
    const { silenceMs, startGuard } = options
    const response = await reachGuard(request, { env, silenceMs, startGuard })
    if (response?.kind !== 'answer') return await options.decideHere(request)
    return { stdout: response.stdout, stderr: response.stderr, exitCode: response.exitCode }
  } catch (thrown) {
    return refusalAnswer(options.host, options.event, messageOf(thrown))
  }
}
