import type { ActionResult } from '../action.js'
import { refusalText } from '../verdict.js'
import { numberIn, objectOf, requiredText, textIn, textsIn } from './fields.js'
import type { Fields } from './fields.js'
import { jsonAnswer, notice, promptRefusal } from './host.js'
import type { HostAdapter } from './host.js'
import { withheld, withTexts } from './output.js'
import { patchContent, patchPaths } from './patch.js'
import { actionOf, contentOf, promptAction, sessionOf, unknownTool } from './tool-call.js'
import type { ToolCall } from './tool-call.js'

/**
 * opencode (plugins, version 1.18). Its hooks are functions of a plugin of ours, which calls the hook program and waits; both
 * ends are ours, so "allow" is said aloud, and everything else makes the plugin throw, which keeps the call from running.
 */
export const opencode: HostAdapter = {
  name: 'opencode',
  parse(input, context) {
    const name = requiredText(input, 'hook_event_name', "opencode's hook input")
    switch (name) {
      case 'tool.execute.before':
        return { kind: 'before', action: actionOf('opencode', input, context, toolCall(input)), input }
      case 'tool.execute.after': {
        const action = actionOf('opencode', input, context, toolCall(input))
        return { kind: 'after', action, result: resultOf(input), input, output: input.tool_response }
      }
      case 'chat.message':
        return { kind: 'prompt', action: promptAction('opencode', input, context) }
      case 'session.idle': {
        const agent = textIn(input, 'agent_id')
        const session = sessionOf('opencode', input, context)
        return { kind: 'agent_ended', session, ...(agent === undefined ? {} : { agent }) }
      }
      default:
        return { kind: 'other', name }
    }
  },
  answer: (_event, verdict) =>
    verdict.decision === 'ALLOW' ? ALLOW : jsonAnswer({ decision: 'deny', reason: refusalText(verdict) }),
  answerOutput: (event, review) =>
    jsonAnswer({
      decision: 'replace',
      result:
        review.kind === 'redacted' ? withTexts(event.output, review.texts) : withheld(event.output, notice(review)),
    }),
  answerPrompt: (verdict) => jsonAnswer({ decision: 'deny', reason: promptRefusal(verdict) }),
  pass: () => ALLOW,
}

const ALLOW = jsonAnswer({ decision: 'allow' })

function toolCall(input: Fields): ToolCall {
  const tool = requiredText(input, 'tool_name', "opencode's hook input")
  const toolInput = objectOf(input.tool_input, "opencode's tool_input")
  switch (tool) {
    case 'bash': {
      const folder = textIn(toolInput, 'workdir')
      const command = requiredText(toolInput, 'command', tool)
      return { kind: 'command', command, ...(folder === undefined ? {} : { cwd: folder }) }
    }
    case 'write':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'filePath', tool)],
        content: textIn(toolInput, 'content') ?? '',
      }
    case 'edit':
      return {
        kind: 'file_write',
        paths: [requiredText(toolInput, 'filePath', tool)],
        content: textIn(toolInput, 'newString') ?? '',
      }
    case 'multiedit':
      return { kind: 'file_write', paths: [requiredText(toolInput, 'filePath', tool)], content: contentOf(toolInput) }
    case 'apply_patch':
    case 'patch': {
      const patch = requiredText(toolInput, 'patchText', tool)
      return { kind: 'file_write', paths: patchPaths(patch), content: patchContent(patch) }
    }
    case 'read':
      return { kind: 'file_read', paths: [requiredText(toolInput, 'filePath', tool)] }
    case 'list':
    case 'glob':
    case 'grep':
      return { kind: 'file_read', paths: textsIn(toolInput, 'path') }
    case 'webfetch':
      return { kind: 'network', url: requiredText(toolInput, 'url', tool), content: contentOf(toolInput) }
    case 'websearch':
    case 'codesearch':
      return { kind: 'network', content: contentOf(toolInput) }
    case 'task':
      return { kind: 'agent', content: contentOf(toolInput) }
    default:
      return otherTool(input, toolInput)
  }
}

/** The plugin names the server of a tool, because the tool's own name (`server_tool`) does not say where one ends. */
function otherTool(input: Fields, toolInput: Fields): ToolCall {
  if (input.mcp_server === undefined) return unknownTool(toolInput)
  const server = objectOf(input.mcp_server, "opencode's mcp_server")
  const name = requiredText(server, 'name', "opencode's mcp_server")
  return { kind: 'mcp_tool', server: { name }, content: contentOf(toolInput) }
}

function resultOf(input: Fields): ActionResult {
  const response = objectOf(input.tool_response ?? {}, "opencode's tool_response")
  const outputBytes = Buffer.byteLength(textIn(response, 'output') ?? JSON.stringify(response.content ?? ''))
  const exitCode = numberIn(input, 'exit_code')
  return { ok: exitCode === undefined || exitCode === 0, outputBytes, ...(exitCode === undefined ? {} : { exitCode }) }
}
