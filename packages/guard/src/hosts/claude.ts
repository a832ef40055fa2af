import { refusalText } from '../verdict.js'
import type { ActionResult } from '../action.js'
import { numberIn, objectOf, requiredText, textIn, textsIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal, SILENCE } from './host.js'
import type { HostAdapter } from './host.js'
import { withheld, withTexts } from './output.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/** In these modes Claude Code puts an "ask" before a person. In the others nobody is asked, so we refuse instead. */
const MODES_THAT_ASK: readonly (string | undefined)[] = ['default', 'acceptEdits', 'plan']

/** Claude Code (hooks reference, version 2.1): tool calls, prompts, ConfigChange, ends. */
export const claude: HostAdapter = {
  name: 'claude',
  parse(input, context) {
    const name = requiredText(input, 'hook_event_name', "claude's hook input")
    switch (name) {
      case 'PreToolUse':
        return { kind: 'before', action: actionOf('claude', input, context, toolCall(input)), input }
      case 'PostToolUse':
      case 'PostToolUseFailure': {
        const action = actionOf('claude', input, context, toolCall(input))
        // What a call that failed said can be changed by nobody.
        const output = name === 'PostToolUse' ? { output: input.tool_response } : {}
        return { kind: 'after', action, result: resultOf(input), input, ...output }
      }
      case 'UserPromptSubmit':
        return { kind: 'prompt', action: promptAction('claude', input, context) }
      case 'ConfigChange': {
        const file = textIn(input, 'file_path')
        const session = sessionOf('claude', input, context)
        return { kind: 'settings_changed', session, ...(file === undefined ? {} : { file }) }
      }
      case 'SubagentStop':
      case 'SessionEnd': {
        const agent = textIn(input, 'agent_id')
        return {
          kind: 'agent_ended',
          session: sessionOf('claude', input, context),
          ...(agent === undefined ? {} : { agent }),
        }
      }
      default:
        return { kind: 'other', name }
    }
  },
  answer(event, verdict) {
    if (verdict.decision === 'ALLOW') return SILENCE
    const asks =
      verdict.decision === 'REQUIRE_APPROVAL' && MODES_THAT_ASK.includes(textIn(event.input, 'permission_mode'))
    return jsonAnswer({
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: asks ? 'ask' : 'deny',
        permissionDecisionReason: refusalText(verdict),
      },
    })
  },
  answerOutput(event, review) {
    // The shape must be that of the tool's own result, or Claude Code shows that instead.
    const updatedToolOutput =
      review.kind === 'redacted' ? withTexts(event.output, review.texts) : withheld(event.output, notice(review))
    return jsonAnswer({ hookSpecificOutput: { hookEventName: 'PostToolUse', updatedToolOutput } })
  },
  answerPrompt: (verdict) => jsonAnswer({ decision: 'block', reason: promptRefusal(verdict) }),
  refuseSettings: (reason) => jsonAnswer({ decision: 'block', reason }),
}

function toolCall(input: Fields): ToolCall {
  const tool = requiredText(input, 'tool_name', "claude's hook input")
  const toolInput = objectOf(input.tool_input, "claude's tool_input")
  const server = mcpServer(tool, input)
  if (server !== undefined) return { kind: 'mcp_tool', server, content: contentOf(toolInput) }
  switch (tool) {
    case 'Bash':
      return { kind: 'command', command: requiredText(toolInput, 'command', 'Bash') }
    case 'Write':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'file_path', tool)],
        content: textIn(toolInput, 'content') ?? '',
      }
    case 'Edit':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'file_path', tool)],
        content: textIn(toolInput, 'new_string') ?? '',
      }
    case 'MultiEdit':
      return { kind: 'file_write', paths: [requiredText(toolInput, 'file_path', tool)], content: contentOf(toolInput) }
    case 'NotebookEdit':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'notebook_path', tool)],
        content: textIn(toolInput, 'new_source') ?? '',
      }
    case 'Read':
      return { kind: 'file_read', paths: [requiredText(toolInput, 'file_path', tool)] }
    case 'Glob':
    case 'Grep':
      return { kind: 'file_read', paths: textsIn(toolInput, 'path') }
    case 'WebFetch':
      return { kind: 'network', url: requiredText(toolInput, 'url', tool), content: contentOf(toolInput) }
    case 'WebSearch':
      return { kind: 'network', content: contentOf(toolInput) }
    case 'Agent':
    case 'Task':
      return { kind: 'agent', content: contentOf(toolInput) }
    default:
      return unknownTool(toolInput)
  }
}

/** The server by its own word where the host gives it: a tool's name is chosen by the server and proves nothing. */
function mcpServer(tool: string, input: Fields): { name: string; source?: string } | undefined {
  if (input.mcp_server !== undefined) {
    const server = objectOf(input.mcp_server, "claude's mcp_server")
    const source = textIn(server, 'source')
    return { name: requiredText(server, 'name', "claude's mcp_server"), ...(source === undefined ? {} : { source }) }
  }
  const name = /^mcp__(.+?)__/.exec(tool)?.[1]
  return name === undefined ? undefined : { name }
}

function resultOf(input: Fields): ActionResult {
  const durationMs = numberIn(input, 'duration_ms')
  const duration = durationMs === undefined ? {} : { durationMs }
  const error = textIn(input, 'error')
  if (input.hook_event_name === 'PostToolUseFailure') {
    const exit = /^Exit code (\d+)/.exec(error ?? '')?.[1]
    return {
      ok: false,
      ...duration,
      ...(exit === undefined ? {} : { exitCode: Number(exit) }),
      ...(error === undefined ? {} : { error }),
    }
  }
  const response = input.tool_response
  const outputBytes = Buffer.byteLength(typeof response === 'string' ? response : JSON.stringify(response ?? ''))
  // Claude Code reports a command that failed as PostToolUseFailure, so a Bash that comes here ended with 0.
  const ran = input.tool_name === 'Bash' && !isBackground(input) ? { exitCode: 0 } : {}
  return { ok: true, ...duration, ...ran, outputBytes }
}

function isBackground(input: Fields): boolean {
  return objectOf(input.tool_input, "claude's tool_input").run_in_background === true
}
