import type { Action, ActionResult } from '../action.js'
import { GuardError } from '../errors.js'
import { refusalText } from '../verdict.js'
import { objectOf, requiredText, textIn, textsIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal, SILENCE } from './host.js'
import type { HookContext, HostAdapter } from './host.js'
import { withheld, withTexts } from './output.js'
import { patchContent, patchPaths } from './patch.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/**
 * GitHub Copilot CLI (hooks, version 1.0). Its input does not name the event: that stands on the hook's command line. With
 * nobody there it takes "ask" for a denial, so a question can be put as one.
 */
export const copilot: HostAdapter = {
  name: 'copilot',
  parse(given, context) {
    const input = inOurNames(given)
    switch (context.event) {
      case undefined:
        throw new GuardError('BAD_HOOK_INPUT', 'copilot does not name its events: expected loki hook copilot EVENT.')
      case 'preToolUse':
        return { kind: 'before', action: toolAction(input, context), input }
      case 'postToolUse':
        return {
          kind: 'after',
          action: toolAction(input, context),
          result: resultOf(input),
          input,
          output: input.tool_response,
        }
      case 'postToolUseFailure': {
        const error = textIn(input, 'error')
        const result: ActionResult = { ok: false, ...(error === undefined ? {} : { error }) }
        return { kind: 'after', action: toolAction(input, context), result, input }
      }
      case 'userPromptSubmitted':
        return { kind: 'prompt', action: promptAction('copilot', input, context) }
      case 'subagentStop':
      case 'sessionEnd': {
        const agent = textIn(input, 'agent_id')
        const session = sessionOf('copilot', input, context)
        return { kind: 'agent_ended', session, ...(agent === undefined ? {} : { agent }) }
      }
      default:
        return { kind: 'other', name: context.event }
    }
  },
  answer(_event, verdict) {
    if (verdict.decision === 'ALLOW') return SILENCE
    return jsonAnswer({
      permissionDecision: verdict.decision === 'REQUIRE_APPROVAL' ? 'ask' : 'deny',
      permissionDecisionReason: refusalText(verdict),
    })
  },
  answerOutput: (event, review) =>
    jsonAnswer({
      modifiedResult:
        review.kind === 'redacted'
          ? withTexts(event.output, review.texts)
          : { ...objectOf(withheld(event.output, notice(review)), 'toolResult'), resultType: 'success' },
    }),
  answerPrompt: (verdict) => jsonAnswer({ decision: 'block', reason: promptRefusal(verdict) }),
}

/** The envelope in the names that other hosts have. A sub-agent's calls come under a session of its own. */
function inOurNames(input: Fields): Fields {
  const { sessionId, toolName, toolArgs, toolResult, agentId, parentAgentId } = input
  return {
    ...input,
    session_id: parentAgentId ?? sessionId,
    agent_id: agentId,
    tool_name: toolName,
    tool_input: argumentsOf(toolArgs),
    tool_response: toolResult,
  }
}

/** An object, an object as JSON text, or the text of a tool that takes nothing else. */
function argumentsOf(toolArgs: unknown): unknown {
  if (typeof toolArgs !== 'string') return toolArgs
  try {
    const parsed: unknown = JSON.parse(toolArgs)
    if (typeof parsed === 'object' && parsed !== null) return parsed
  } catch {
    // it is a text
  }
  return { input: toolArgs }
}

function toolAction(input: Fields, context: HookContext): Action {
  return actionOf('copilot', input, context, toolCall(input, context))
}

function toolCall(input: Fields, { servers = [] }: HookContext): ToolCall {
  const tool = requiredText(input, 'tool_name', "copilot's toolName")
  const toolInput = objectOf(input.tool_input, "copilot's toolArgs")
  switch (tool) {
    case 'bash':
    case 'powershell':
      return { kind: 'command', command: requiredText(toolInput, 'command', tool) }
    case 'write_bash':
    case 'write_powershell':
      return { kind: 'command', command: requiredText(toolInput, 'input', tool) }
    case 'apply_patch': {
      const patch = textIn(toolInput, 'input', 'patch', 'patchText') ?? ''
      return { kind: 'file_write', paths: patchPaths(patch), content: patchContent(patch) }
    }
    case 'create':
    case 'edit':
    case 'str_replace':
    case 'str_replace_editor':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'path', tool)],
        content: textIn(toolInput, 'file_text', 'new_str') ?? contentOf(toolInput),
      }
    case 'view':
      return { kind: 'file_read', paths: [requiredText(toolInput, 'path', tool)] }
    case 'glob':
    case 'grep':
    case 'rg':
      return { kind: 'file_read', paths: [...textsIn(toolInput, 'path'), ...textsIn(toolInput, 'paths')] }
    case 'web_fetch':
      return { kind: 'network', url: requiredText(toolInput, 'url', tool), content: contentOf(toolInput) }
    case 'web_search':
      return { kind: 'network', content: contentOf(toolInput) }
    case 'task':
    case 'write_agent':
      return { kind: 'agent', content: contentOf(toolInput) }
    default: {
      const name = serverOf(tool, servers)
      return name === undefined
        ? unknownTool(toolInput)
        : { kind: 'mcp_tool', server: { name }, content: contentOf(toolInput) }
    }
  }
}

/**
 * The server in `server-tool`. Both may hold hyphens, so the longest of the servers that are set up counts; of one that is
 * not known, the part before the first hyphen.
 */
function serverOf(tool: string, servers: readonly string[]): string | undefined {
  const known = servers.filter((name) => tool.startsWith(`${name}-`)).sort((a, b) => b.length - a.length)[0]
  return known ?? /^([^-]+)-./.exec(tool)?.[1]
}

function resultOf(input: Fields): ActionResult {
  const result = objectOf(input.tool_response ?? {}, "copilot's toolResult")
  const text = textIn(result, 'textResultForLlm') ?? ''
  // The shell says how it ended in its last line; where nothing is said, the host took it for a success.
  const exit = /<shellId: \S+ completed with exit code (\d+)>\s*$/.exec(text.slice(-128))?.[1]
  const ok = textIn(result, 'resultType') !== 'failure' && (exit === undefined || exit === '0')
  return { ok, outputBytes: Buffer.byteLength(text), ...(exit === undefined ? {} : { exitCode: Number(exit) }) }
}
