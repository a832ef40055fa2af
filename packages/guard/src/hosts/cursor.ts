import type { Action, ActionResult } from '../action.js'
import { refusalText } from '../verdict.js'
import { numberIn, objectOf, requiredText, textIn, textsIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal, SILENCE } from './host.js'
import type { HookContext, HookEvent, HostAdapter } from './host.js'
import { withheld, withTexts } from './output.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/** Only these events know "ask"; the others take it for nothing. */
const ASKING: readonly (string | undefined)[] = ['beforeShellExecution', 'beforeMCPExecution']
/** Tools whose calls come a second time, with more in them, in an event of their own. */
const HAVE_THEIR_OWN = /^(?:Shell|Read|MCP:.+)$/

/**
 * Cursor (hooks.json version 1, from its reference: it has not been run here). A hook that fails closed must decide, so
 * "allow" is said aloud.
 */
export const cursor: HostAdapter = {
  name: 'cursor',
  parse(given, context) {
    const name = requiredText(given, 'hook_event_name', "cursor's hook input")
    const input = inOurNames(given, context)
    const before = (call: ToolCall): HookEvent => ({ kind: 'before', action: action(input, context, call), input })
    switch (name) {
      case 'beforeShellExecution':
        return before({ kind: 'command', command: requiredText(input, 'command', name) })
      case 'beforeMCPExecution':
        return before(mcpCall(input))
      case 'beforeReadFile':
        return before({
          kind: 'file_read',
          paths: [requiredText(input, 'file_path', name), ...attachments(input)],
          content: textIn(input, 'content') ?? '',
        })
      case 'preToolUse':
        if (HAVE_THEIR_OWN.test(requiredText(input, 'tool_name', name))) return { kind: 'other', name }
        return before(toolCall(input))
      case 'postToolUse':
        return {
          kind: 'after',
          action: action(input, context, toolCall(input)),
          result: resultOf(input),
          input,
          ...mcpOutput(input),
        }
      case 'postToolUseFailure': {
        const error = textIn(input, 'error_message')
        const result: ActionResult = { ok: false, ...(error === undefined ? {} : { error }) }
        return { kind: 'after', action: action(input, context, toolCall(input)), result, input }
      }
      case 'beforeSubmitPrompt':
        return { kind: 'prompt', action: promptAction('cursor', input, context) }
      case 'subagentStop':
      case 'sessionEnd': {
        const agent = textIn(input, 'subagent_id')
        const session = sessionOf('cursor', input, context)
        return { kind: 'agent_ended', session, ...(agent === undefined ? {} : { agent }) }
      }
      default:
        return { kind: 'other', name }
    }
  },
  answer(event, verdict) {
    if (verdict.decision === 'ALLOW') return ALLOW
    const asks = verdict.decision === 'REQUIRE_APPROVAL' && ASKING.includes(textIn(event.input, 'hook_event_name'))
    const said = refusalText(verdict)
    return jsonAnswer({ permission: asks ? 'ask' : 'deny', user_message: said, agent_message: said })
  },
  answerOutput: (event, review) =>
    jsonAnswer({
      updated_mcp_tool_output:
        review.kind === 'redacted' ? withTexts(event.output, review.texts) : withheld(event.output, notice(review)),
    }),
  answerPrompt: (verdict) => jsonAnswer({ continue: false, user_message: promptRefusal(verdict) }),
  pass(event) {
    if (event.kind === 'prompt') return jsonAnswer({ continue: true })
    return event.kind === 'other' || event.kind === 'before' ? ALLOW : SILENCE
  },
}

const ALLOW = jsonAnswer({ permission: 'allow' })

function inOurNames(input: Fields, context: HookContext): Fields {
  return {
    ...input,
    session_id: textIn(input, 'session_id', 'conversation_id'),
    // Empty in events that belong to no folder; the project is then the place.
    cwd: textIn(input, 'cwd') ?? textsIn(input, 'workspace_roots')[0] ?? context.projectDir,
  }
}

function action(input: Fields, context: HookContext, call: ToolCall): Action {
  const tool = textIn(input, 'tool_name') ?? (call.kind === 'command' ? 'Shell' : 'Read')
  return actionOf('cursor', { ...input, tool_name: tool }, context, call)
}

/** The tool's input, which some events give as JSON text. */
function toolInputOf(input: Fields): Fields {
  const given = input.tool_input
  return objectOf(
    typeof given === 'string' ? (JSON.parse(given === '' ? '{}' : given) as unknown) : given,
    "cursor's tool_input",
  )
}

/** It names no server, only how to reach it: the address or the command line. */
function mcpCall(input: Fields): ToolCall {
  const source = textIn(input, 'url', 'command')
  const tool = requiredText(input, 'tool_name', "cursor's hook input")
  const name = /^MCP:([^:]+):/.exec(tool)?.[1] ?? source ?? tool
  return {
    kind: 'mcp_tool',
    server: { name, ...(source === undefined ? {} : { source }) },
    content: contentOf(toolInputOf(input)),
  }
}

function toolCall(input: Fields): ToolCall {
  const tool = requiredText(input, 'tool_name', "cursor's hook input")
  if (tool.startsWith('MCP:')) return mcpCall(input)
  const toolInput = toolInputOf(input)
  const path = textIn(toolInput, 'file_path', 'path', 'target_file')
  switch (tool) {
    case 'Shell':
      return { kind: 'command', command: requiredText(toolInput, 'command', tool) }
    case 'Read':
    case 'Grep':
    case 'Glob':
      return { kind: 'file_read', paths: path === undefined ? [] : [path] }
    case 'Write':
    case 'StrReplace':
    case 'Edit':
    case 'Delete':
      return {
        kind: 'file_write',
        paths: [path ?? requiredText(toolInput, 'file_path', tool)],
        content: textIn(toolInput, 'content', 'contents', 'new_string') ?? contentOf(toolInput),
      }
    case 'Task':
      return { kind: 'agent', content: contentOf(toolInput) }
    default:
      return unknownTool(toolInput)
  }
}

function attachments(input: Fields): readonly string[] {
  if (!Array.isArray(input.attachments)) return []
  return input.attachments.flatMap((one: unknown) => textIn(objectOf(one, 'an attachment'), 'file_path') ?? [])
}

/** Only results of MCP tools can be replaced. They come as JSON text. */
function mcpOutput(input: Fields): { readonly output?: unknown } {
  const given = input.tool_output
  if (textIn(input, 'tool_name')?.startsWith('MCP:') !== true || given === undefined) return {}
  if (typeof given !== 'string') return { output: given }
  try {
    return { output: JSON.parse(given) as unknown }
  } catch {
    return { output: given }
  }
}

function resultOf(input: Fields): ActionResult {
  const text = typeof input.tool_output === 'string' ? input.tool_output : JSON.stringify(input.tool_output ?? '')
  const durationMs = numberIn(input, 'duration')
  const exit = /"exitCode":(\d+)\}?$/.exec(text.slice(-64))?.[1]
  return {
    ok: exit === undefined || exit === '0',
    outputBytes: Buffer.byteLength(text),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(exit === undefined ? {} : { exitCode: Number(exit) }),
  }
}
