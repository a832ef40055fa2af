import { blockAnswer, jsonAnswer, notice } from './host.js'
import type { HookAnswer } from './host.js'

/**
 * A refusal for whatever could not be understood or decided, in a form that this host takes for one. Most take exit 2 with a
 * text; some take it before a tool only, or lose the text, and name their event on the hook's command line instead.
 */
export function refusalAnswer(host: string, event: string | undefined, reason: string): HookAnswer {
  const said = `Loki: ${reason === '' ? 'refused' : reason}`
  switch (host) {
    case 'copilot':
      if (event === 'preToolUse') return jsonAnswer({ permissionDecision: 'deny', permissionDecisionReason: said })
      if (event === 'userPromptSubmitted') return jsonAnswer({ decision: 'block', reason: said })
      if (event === 'postToolUse')
        return jsonAnswer({ modifiedResult: { resultType: 'success', textResultForLlm: notice({ reason }) } })
      return blockAnswer(reason)
    case 'cursor':
      // Each event reads its own of these fields and leaves the rest.
      return jsonAnswer({ permission: 'deny', continue: false, user_message: said, agent_message: said })
    case 'opencode':
      return jsonAnswer({ decision: 'deny', reason: said })
    default:
      return blockAnswer(reason)
  }
}
