import { isAbsolute, resolve } from 'node:path'
import type { Action, ActionKind, HostName } from '../action.js'
import { GuardError } from '../errors.js'
import { requiredText, textIn } from './fields.js'
import type { Fields } from './fields.js'
import type { HookContext } from './host.js'

/** The part of an action that the kind of tool decides; the rest comes from the hook's envelope. */
export type ToolCall = { readonly kind: ActionKind } & Partial<
  Pick<Action, 'command' | 'paths' | 'url' | 'server' | 'content' | 'cwd'>
>

/** Completes a tool call to an action with what the envelopes of most hosts say. */
export function actionOf(host: HostName, input: Fields, context: HookContext, call: ToolCall): Action {
  const cwd = requiredText(input, 'cwd', `${host}'s hook input`)
  const agent = textIn(input, 'agent_id') ?? 'main'
  const model = textIn(input, 'model')
  return {
    session: sessionOf(host, input, context),
    agent,
    host,
    tool: requiredText(input, 'tool_name', `${host}'s hook input`),
    projectDir: context.projectDir,
    provider: host,
    ...(model === undefined ? {} : { model }),
    ...call,
    cwd: call.cwd === undefined ? cwd : isAbsolute(call.cwd) ? call.cwd : resolve(cwd, call.cwd),
  }
}

/** What a person is about to send to the model, as an action: the prompt is its content. */
export function promptAction(host: HostName, input: Fields, context: HookContext): Action {
  const { prompt } = input
  if (typeof prompt !== 'string') throw new GuardError('BAD_HOOK_INPUT', `${host}'s prompt must be a text.`)
  return actionOf(host, { ...input, tool_name: 'prompt' }, context, { kind: 'model_call', content: prompt })
}

/** The Loki session where there is one, else the host's own as `<host>-<id>`, as a plain file name. */
export function sessionOf(host: HostName, input: Fields, context: HookContext): string {
  if (context.session !== undefined) return context.session
  const own = textIn(input, 'session_id') ?? 'unknown'
  return `${host}-${own.replace(/[^A-Za-z0-9._-]/g, '-')}`.slice(0, 128)
}

/**
 * A tool that this version does not know. Every well-known field is taken at its word, so that a new tool that runs a
 * command or writes a file is judged by it; all of its input counts as content.
 */
export function unknownTool(toolInput: Fields): ToolCall {
  const command = textIn(toolInput, 'command', 'cmd', 'script')
  const path = textIn(toolInput, 'file_path', 'path', 'notebook_path', 'absolute_path')
  const url = textIn(toolInput, 'url', 'uri')
  const content = contentOf(toolInput)
  if (command !== undefined) return { kind: 'command', command, content }
  if (path !== undefined) return { kind: 'file_write', paths: [path], content }
  if (url !== undefined) return { kind: 'network', url, content }
  return { kind: 'other', content }
}

/** The input of a tool that has no better text: all of it. */
export function contentOf(toolInput: Fields): string {
  return JSON.stringify(toolInput)
}
