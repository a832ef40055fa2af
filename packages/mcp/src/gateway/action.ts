import { fileURLToPath } from 'node:url'
import type { Action } from '@loki/guard'
import type { ServerConfig } from '../configuration/server.js'
import type { Fields } from '../json.js'

/** Who acts through a gateway, and where. */
export interface Actor {
  readonly session: string
  readonly projectDir: string
}

/** Names under which tools of local servers take paths, in one text or a list. */
const PATH_KEYS =
  /^(?:file_?)?paths?$|^file_?names?$|^(?:files?|dir|directory|folder|cwd|root|source|destination|target|output)$|(?:_path|Path)s?$/
const COMMAND_KEYS = /^(?:command|cmd|script)$/
const URL_KEYS = /^(?:url|uri|href)$/

/**
 * The action of a request to a server. Its input is content; well-known fields are taken at their word, so that the rules for
 * paths, commands and addresses hold for a server that works on this machine as they do for the agent's own tools.
 */
export function actionOf(
  actor: Actor,
  { config, tool, input }: { readonly config: ServerConfig; readonly tool: string; readonly input: Fields },
): Action {
  const local = config.kind === 'stdio'
  const paths = [...pathsIn(input, local)]
  const url = textAt(input, URL_KEYS)
  const command = local ? textAt(input, COMMAND_KEYS) : undefined
  return {
    ...previewOf(actor, config, tool),
    content: JSON.stringify(input),
    ...(paths.length === 0 ? {} : { paths }),
    ...(url === undefined || !/^https?:/i.test(url) ? {} : { url }),
    ...(command === undefined ? {} : { command }),
  }
}

/** The question whether a tool may be used at all, before there is any input. */
export function previewOf(actor: Actor, config: ServerConfig, tool: string): Action {
  return {
    kind: 'mcp_tool',
    session: actor.session,
    agent: 'main',
    host: 'mcp',
    tool: `mcp__${config.name}__${tool}`,
    cwd: config.kind === 'stdio' ? (config.cwd ?? actor.projectDir) : actor.projectDir,
    projectDir: actor.projectDir,
    server: { name: config.name, source: 'gateway' },
  }
}

/** Local paths by field name, and every `file:` address; a remote server's paths are not of this machine. */
function* pathsIn(input: Fields, local: boolean): Generator<string> {
  for (const [key, value] of Object.entries(input)) {
    for (const text of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof text !== 'string' || text === '' || text.includes('\n')) continue
      const path = /^file:/i.test(text)
        ? pathOf(text)
        : local && PATH_KEYS.test(key) && looksLocal(text)
          ? text
          : undefined
      if (path !== undefined) yield path
    }
  }
}

/** A name without a slash may be anything; what leaves the folder or hides in it says so. */
function looksLocal(text: string): boolean {
  return /^(?:[/~.]|[A-Za-z]:[\\/])|[\\/]/.test(text) && !/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(text)
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    return url // no path of this machine: what it is, the rules say
  }
}

function textAt(input: Fields, keys: RegExp): string | undefined {
  for (const [key, value] of Object.entries(input)) {
    if (keys.test(key) && typeof value === 'string' && value !== '') return value
  }
  return undefined
}
