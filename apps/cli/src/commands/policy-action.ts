import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Action } from '@loki/guard'
import { existingFile } from '../context.js'
import { usageError } from '../exit.js'
import type { Call } from '../program/define.js'

/** An action as the command line says it. */
export interface PolicyActionOptions {
  readonly command?: string
  readonly file?: string
  readonly read?: string
  readonly url?: string
  readonly service?: string
  readonly contentFrom?: string
  readonly cwd?: string
  readonly provider?: string
  readonly model?: string
  readonly branch?: string
}

/** Larger contents are refused by the doors that agents use, too. */
const MAX_CONTENT = 8 * 1024 * 1024
const KINDS = ['command', 'file', 'read', 'url', 'service'] as const

/** The one action that was asked about. */
export function actionOf({ options, projectDir }: Call<PolicyActionOptions>): Action {
  const cwd = options.cwd === undefined ? projectDir : resolve(options.cwd)
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) throw usageError(`--cwd ${cwd} is no folder.`)
  const { contentFrom, provider, model, branch } = options
  const common = {
    session: 'policy-test',
    agent: 'main',
    host: 'cli',
    cwd,
    projectDir,
    ...(contentFrom === undefined ? {} : { content: contentOf(contentFrom) }),
    ...(provider === undefined ? {} : { provider }),
    ...(model === undefined ? {} : { model }),
    ...(branch === undefined ? {} : { branch }),
  } as const
  const [kind, second] = KINDS.filter((name) => options[name] !== undefined)
  if (kind === undefined || second !== undefined) {
    throw usageError(
      'Name one action: --command, --file, --read, --url or --service.',
      `For example: loki policy test --command 'rm -rf build'`,
    )
  }
  const value = options[kind] ?? ''
  switch (kind) {
    case 'command':
      return { ...common, kind: 'command', tool: 'command', command: value }
    case 'file':
      return { ...common, kind: 'file_write', tool: 'file', paths: [value] }
    case 'read':
      return { ...common, kind: 'file_read', tool: 'file', paths: [value] }
    case 'url':
      return { ...common, kind: 'network', tool: 'fetch', url: value }
    case 'service':
      return { ...common, ...serviceOf(value) }
  }
}

/** `github/create_issue`: a tool of an MCP server. */
function serviceOf(value: string): Pick<Action, 'kind' | 'tool' | 'server'> {
  const [, name = '', source, tool = ''] = /^([^/@]+)(?:@([^/]+))?\/(.+)$/.exec(value) ?? []
  if (name === '') throw usageError('--service is an MCP server and its tool, such as github/create_issue.')
  return { kind: 'mcp_tool', tool, server: { name, ...(source === undefined ? {} : { source }) } }
}

function contentOf(path: string): string {
  const bytes = readFileSync(path === '-' ? 0 : existingFile(path))
  if (bytes.length > MAX_CONTENT)
    throw usageError(`${path} has ${bytes.length} bytes; at most ${MAX_CONTENT} can be checked.`)
  return bytes.toString('utf8')
}
