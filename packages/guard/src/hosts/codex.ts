import { refusalText } from '../verdict.js'
import type { ActionResult } from '../action.js'
import { objectOf, requiredText, textIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal, SILENCE } from './host.js'
import type { HostAdapter } from './host.js'
import { plainText, withTexts } from './output.js'
import { patchContent, patchPaths } from './patch.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/**
 * Codex (hooks, version 0.169). Its output is a closed schema: one unknown key makes the answer invalid, and an invalid
 * answer lets the call run. Only a denial is ever said; it has no "ask" that holds, so a question is a denial too.
 */
export const codex: HostAdapter = {
  name: 'codex',
  parse(input, context) {
    const name = requiredText(input, 'hook_event_name', "codex's hook input")
    switch (name) {
      case 'PreToolUse':
        return { kind: 'before', action: actionOf('codex', input, context, toolCall(input)), input }
      case 'PostToolUse':
        return {
          kind: 'after',
          action: actionOf('codex', input, context, toolCall(input)),
          result: resultOf(input),
          input,
          output: input.tool_response,
        }
      case 'UserPromptSubmit':
        return { kind: 'prompt', action: promptAction('codex', input, context) }
      case 'SubagentStop':
      case 'SessionEnd': {
        const agent = textIn(input, 'agent_id')
        return {
          kind: 'agent_ended',
          session: sessionOf('codex', input, context),
          ...(agent === undefined ? {} : { agent }),
        }
      }
      default:
        return { kind: 'other', name }
    }
  },
  answer(_event, verdict) {
    if (verdict.decision === 'ALLOW') return SILENCE
    return jsonAnswer({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: 'deny',
        permissionDecisionReason: refusalText(verdict),
      },
    })
  },
  // After a tool, the reason of a "block" is what the model sees in the place of the result.
  answerOutput: (event, review) =>
    jsonAnswer({
      decision: 'block',
      reason: review.kind === 'redacted' ? plainText(withTexts(event.output, review.texts)) : notice(review),
    }),
  answerPrompt: (verdict) => jsonAnswer({ decision: 'block', reason: promptRefusal(verdict) }),
}

function toolCall(input: Fields): ToolCall {
  const tool = requiredText(input, 'tool_name', "codex's hook input")
  const toolInput = objectOf(input.tool_input, "codex's tool_input")
  const server = /^mcp__(.+?)__/.exec(tool)?.[1]
  if (server !== undefined) return { kind: 'mcp_tool', server: { name: server }, content: contentOf(toolInput) }
  switch (tool) {
    case 'Bash':
      return { kind: 'command', command: requiredText(toolInput, 'command', tool) }
    case 'apply_patch': {
      const patch = requiredText(toolInput, 'command', tool)
      return { kind: 'file_write', paths: patchPaths(patch), content: patchContent(patch) }
    }
    case 'spawn_agent':
      return { kind: 'agent', content: contentOf(toolInput) }
    default:
      return unknownTool(toolInput)
  }
}

function resultOf(input: Fields): ActionResult {
  const response = input.tool_response
  const text = typeof response === 'string' ? response : JSON.stringify(response ?? '')
  const outputBytes = Buffer.byteLength(text)
  // Only some tools report how they ended, in the first line. Where nothing is said, the host took it for a success.
  const exit = /^Exit code: (\d+)$/m.exec(text.slice(0, 64))?.[1]
  if (exit === undefined) return { ok: true, outputBytes }
  return { ok: exit === '0', exitCode: Number(exit), outputBytes }
}
