import { isAbsolute, resolve } from 'node:path'
import { openGuard, readControl, refusalText } from '@loki/guard'
import type { Action } from '@loki/guard'
import { McpServer } from '@modelcontextprotocol/server'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { messageOf } from '../errors.js'
import { findDenial } from './denial.js'
import type { LokiToolsOptions } from './options.js'

const MAX_TEXT = 64 * 1024
const text = (meaning: string): z.ZodOptional<z.ZodString> =>
  z.string().min(1).max(MAX_TEXT).optional().describe(meaning)
const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false } as const

/** Loki's own tools for agents. They read, and ask; none of them changes anything. */
export function lokiTools(options: LokiToolsOptions): McpServer {
  const { projectDir, audit, env = process.env, version = '0' } = options
  const session = env.LOKI_SESSION_ID === '' ? undefined : env.LOKI_SESSION_ID
  // Neither a log nor a bus: what is only asked about is on no record. A pause is told, not waited for.
  const preview = openGuard({ projectDir, env, enabled: true, pauseHoldMs: 0 })
  const server = new McpServer({ name: 'loki', version })

  server.registerTool(
    'loki_status',
    {
      title: 'Loki status',
      description: 'Whether this session is governed by Loki, and whether a person paused or stopped it.',
      inputSchema: z.object({}),
      annotations: READ_ONLY,
    },
    async () => {
      const state = session === undefined ? {} : { session, state: stateOf(projectDir, session) }
      return told({ project: projectDir, ...state, recorded: audit.enabled, ...(await options.facts?.()) })
    },
  )

  server.registerTool(
    'loki_explain_denial',
    {
      title: 'Explain a denial',
      description:
        'Why an action was refused, by which rule, and what to do instead. Without an argument: the last refusal.',
      inputSchema: z.object({
        seq: z
          .number()
          .int()
          .nonnegative()
          .optional()
          .describe('number of the record, as refusals of the gateway name it'),
        digest: text('digest of the action, as the log names it'),
      }),
      annotations: READ_ONLY,
    },
    async (query) => {
      const denial = await findDenial(query, { projectDir, session, audit, preview })
      if (denial !== undefined) return told({ ...denial })
      return failure(audit.enabled ? 'No such refusal is on the log of this project.' : 'Nothing is recorded here.')
    },
  )

  server.registerTool(
    'loki_check',
    {
      title: 'Check before acting',
      description: 'Whether an action would be let through. Nothing is run. Name one of command, path, url or tool.',
      inputSchema: z.object({
        command: text('a command, as the shell would get it'),
        path: text('a file that would be written'),
        url: text('an address that would be reached'),
        tool: text('a tool of an MCP server, with server'),
        server: text('the name of the MCP server'),
        content: text('what would be written or sent'),
      }),
      annotations: READ_ONLY,
    },
    async (asked) => {
      const action = actionOf(asked, projectDir)
      if (typeof action === 'string') return failure(action)
      const verdict = await preview.check(action)
      const { decision, reason, rule, suggest } = verdict
      return told({ decision, reason, rule, suggest }, decision === 'ALLOW' ? undefined : refusalText(verdict))
    },
  )

  server.registerTool(
    'loki_request_approval',
    {
      title: 'Ask a person',
      description: 'Asks a person to allow something that policy does not allow by itself.',
      inputSchema: z.object({
        what: z.string().min(1).max(MAX_TEXT).describe('what you want to do'),
        why: z.string().min(1).max(MAX_TEXT).describe('why it is needed'),
      }),
      annotations: { ...READ_ONLY, readOnlyHint: false, openWorldHint: true },
    },
    async ({ what, why }) => {
      if (options.ask === undefined) {
        return failure(
          'Nobody can be asked: no approver is configured for this project. A person can allow it in .loki/policies.yaml, where a rule names what it allows. Go on without it, or end and say what you need.',
        )
      }
      try {
        return told({ ...(await options.ask({ session, what, why })) })
      } catch (thrown) {
        return failure(`The question could not be put: ${messageOf(thrown)}`)
      }
    },
  )
  return server
}

interface Asked {
  readonly command?: string | undefined
  readonly path?: string | undefined
  readonly url?: string | undefined
  readonly tool?: string | undefined
  readonly server?: string | undefined
  readonly content?: string | undefined
}

/** The action that is asked about, or what is missing. */
function actionOf({ command, path, url, tool, server, content }: Asked, projectDir: string): Action | string {
  const common = { session: 'check', agent: 'main', host: 'mcp', cwd: projectDir, projectDir } as const
  const carried = content === undefined ? {} : { content }
  const named = [command, path, url, tool].filter((one) => one !== undefined)
  if (named.length !== 1) return 'Name exactly one of command, path, url or tool.'
  if (command !== undefined) return { ...common, kind: 'command', tool: 'command', command, ...carried }
  if (url !== undefined) return { ...common, kind: 'network', tool: 'url', url, ...carried }
  if (path !== undefined) {
    const paths = [isAbsolute(path) ? path : resolve(projectDir, path)]
    return { ...common, kind: 'file_write', tool: 'file', paths, ...carried }
  }
  if (tool === undefined || server === undefined) return 'A tool is asked about with its server.'
  return { ...common, kind: 'mcp_tool', tool: `mcp__${server}__${tool}`, server: { name: server }, ...carried }
}

function stateOf(projectDir: string, session: string): string {
  try {
    return { run: 'running', pause: 'paused', stop: 'stopped' }[readControl(projectDir, session)]
  } catch (thrown) {
    return `unknown: ${messageOf(thrown)}`
  }
}

function told(facts: Readonly<Record<string, unknown>>, words?: string): CallToolResult {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  return { content: [{ type: 'text', text: words ?? JSON.stringify(known, null, 2) }], structuredContent: known }
}

function failure(words: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: words }] }
}
