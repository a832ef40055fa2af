import { kindsOf } from '../review.js'
import { refusalText } from '../verdict.js'
import type { ActionResult } from '../action.js'
import { objectOf, requiredText, textIn, textsIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal, SILENCE } from './host.js'
import type { HostAdapter } from './host.js'
import { plainText, withTexts } from './output.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/** Gemini CLI (hooks, version 0.61). An "ask" hangs it when nobody is there, so a question is a denial. */
export const gemini: HostAdapter = {
  name: 'gemini',
  parse(input, context) {
    const name = requiredText(input, 'hook_event_name', "gemini's hook input")
    switch (name) {
      case 'BeforeTool':
        return { kind: 'before', action: actionOf('gemini', input, context, toolCall(input)), input }
      case 'AfterTool':
        return {
          kind: 'after',
          action: actionOf('gemini', input, context, toolCall(input)),
          result: resultOf(input),
          input,
          output: objectOf(input.tool_response ?? {}, "gemini's tool_response").llmContent,
        }
      case 'BeforeAgent':
        return { kind: 'prompt', action: promptAction('gemini', input, context) }
      case 'SessionEnd':
        return { kind: 'agent_ended', session: sessionOf('gemini', input, context) }
      default:
        return { kind: 'other', name }
    }
  },
  answer(_event, verdict) {
    return verdict.decision === 'ALLOW' ? SILENCE : jsonAnswer({ decision: 'deny', reason: refusalText(verdict) })
  },
  // After a tool, a denial puts its reason in the place of the result, and calls that an error; so it says that it is none.
  answerOutput: (event, review) =>
    jsonAnswer({
      decision: 'deny',
      reason:
        review.kind === 'redacted'
          ? `[Loki redacted ${kindsOf(review.found)}; the tool itself did not fail]\n${plainText(withTexts(event.output, review.texts))}`
          : notice(review),
    }),
  answerPrompt: (verdict) => jsonAnswer({ decision: 'deny', reason: promptRefusal(verdict) }),
}

function toolCall(input: Fields): ToolCall {
  const tool = requiredText(input, 'tool_name', "gemini's hook input")
  const toolInput = objectOf(input.tool_input, "gemini's tool_input")
  if (input.mcp_context !== undefined) return mcpCall(objectOf(input.mcp_context, "gemini's mcp_context"), toolInput)
  switch (tool) {
    case 'run_shell_command': {
      const folder = textIn(toolInput, 'dir_path', 'directory')
      return {
        kind: 'command',
        command: requiredText(toolInput, 'command', tool),
        ...(folder === undefined ? {} : { cwd: folder }),
      }
    }
    case 'write_file':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'file_path', tool)],
        content: textIn(toolInput, 'content') ?? '',
      }
    case 'replace':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'file_path', tool)],
        content: textIn(toolInput, 'new_string') ?? '',
      }
    case 'read_file':
      return { kind: 'file_read', paths: firstOf(textsIn(toolInput, 'file_path'), textsIn(toolInput, 'absolute_path')) }
    case 'read_many_files':
      return { kind: 'file_read', paths: firstOf(textsIn(toolInput, 'include'), textsIn(toolInput, 'paths')) }
    case 'list_directory':
    case 'glob':
    case 'grep_search':
    case 'search_file_content':
      return { kind: 'file_read', paths: firstOf(textsIn(toolInput, 'dir_path'), textsIn(toolInput, 'path')) }
    case 'web_fetch':
      return fetchCall(toolInput)
    case 'google_web_search':
      return { kind: 'network', content: contentOf(toolInput) }
    case 'invoke_agent':
      return { kind: 'agent', content: contentOf(toolInput) }
    default:
      return unknownTool(toolInput)
  }
}

function mcpCall(mcp: Fields, toolInput: Fields): ToolCall {
  const source = [textIn(mcp, 'command'), ...textsIn(mcp, 'args')].filter((part) => part !== undefined).join(' ')
  const name = requiredText(mcp, 'server_name', "gemini's mcp_context")
  return { kind: 'mcp_tool', server: { name, ...(source === '' ? {} : { source }) }, content: contentOf(toolInput) }
}

/** Its addresses stand inside the prompt; the first one is the address, and all of the prompt is content. */
function fetchCall(toolInput: Fields): ToolCall {
  const url = textIn(toolInput, 'url') ?? /https?:\/\/[^\s"'<>]+/.exec(textIn(toolInput, 'prompt') ?? '')?.[0]
  return { kind: 'network', content: contentOf(toolInput), ...(url === undefined ? {} : { url }) }
}

function firstOf(first: readonly string[], second: readonly string[]): readonly string[] {
  return first.length > 0 ? first : second
}

function resultOf(input: Fields): ActionResult {
  const response = objectOf(input.tool_response ?? {}, "gemini's tool_response")
  const output = response.llmContent
  const text = typeof output === 'string' ? output : JSON.stringify(output ?? '')
  const outputBytes = Buffer.byteLength(text)
  const error = response.error === undefined ? undefined : textIn(objectOf(response.error, 'error'), 'message')
  // The shell tool writes "Exit Code: N" into its text only where it is not 0.
  const exit = input.tool_name === 'run_shell_command' ? (/^Exit Code: (\d+)$/m.exec(text)?.[1] ?? '0') : undefined
  return {
    ok: error === undefined && (exit === undefined || exit === '0'),
    outputBytes,
    ...(exit === undefined ? {} : { exitCode: Number(exit) }),
    ...(error === undefined ? {} : { error }),
  }
}
