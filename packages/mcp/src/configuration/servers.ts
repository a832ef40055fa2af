import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { McpError, messageOf } from '../errors.js'
import { isFields } from '../json.js'
import type { Fields } from '../json.js'
import { expandVariables } from './expand.js'
import type { ServerConfig } from './server.js'

const MAX_FILE = 1024 * 1024
const MAX_SERVERS = 64

export interface ServersOptions {
  /** Where variables in the file come from; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** What a relative `cwd` of a server starts at; default the working folder. */
  readonly projectDir?: string
}

/**
 * Reads the servers of a configuration file in the form that agents use: `{"mcpServers": {"name": {"command", "args", "env",
 * "cwd"} or {"type": "http" or "sse", "url", "headers"}}}`. An entry with `"disabled": true` is left out. Other keys are for
 * other programs and mean nothing here. Throws `BAD_CONFIGURATION` for what cannot be understood.
 */
export function readServers(file: string, options: ServersOptions = {}): readonly ServerConfig[] {
  const { mcpServers } = parse(file)
  if (!isFields(mcpServers)) throw bad(file, 'must hold an object "mcpServers"')
  const entries = Object.entries(mcpServers)
  if (entries.length > MAX_SERVERS) throw bad(file, `names ${entries.length} servers; at most ${MAX_SERVERS} are taken`)
  return entries.flatMap(([name, entry]) => {
    if (!isFields(entry)) throw bad(file, `: server ${JSON.stringify(name)} must be an object`)
    if (entry.disabled === true) return []
    return [serverOf(name, entry, { file, env: options.env ?? process.env, base: options.projectDir ?? process.cwd() })]
  })
}

/** The one server of `loki mcp gateway -- command args…`: named after its program. */
export function programServer(
  words: readonly string[],
  { name, env = {} }: { readonly name?: string; readonly env?: Readonly<Record<string, string>> } = {},
): ServerConfig {
  const [command, ...args] = words
  if (command === undefined || command === '') throw new McpError('BAD_CONFIGURATION', 'A server needs a command.')
  const own = name ?? nameOf(words)
  assertName(own, 'The command line')
  assertNoGateway(args, 'The command line')
  return { kind: 'stdio', name: own, command, args, env }
}

interface Place {
  readonly file: string
  readonly env: NodeJS.ProcessEnv
  readonly base: string
}

function serverOf(name: string, entry: Fields, { file, env, base }: Place): ServerConfig {
  assertName(name, file)
  const place = `${file}: server ${name}`
  const text = (value: unknown, key: string): string => {
    if (typeof value === 'string' && value !== '') return expandVariables(value, { env, place })
    throw bad(place, `: "${key}" must be a text`)
  }
  const texts = (value: unknown, key: string): Record<string, string> => {
    if (value === undefined) return {}
    if (!isFields(value)) throw bad(place, `: "${key}" must be an object of texts`)
    return Object.fromEntries(
      Object.entries(value).map(([one, inner]) => [one, inner === '' ? '' : text(inner, `${key}.${one}`)]),
    )
  }
  const { type, command, url, httpUrl } = entry
  if (command !== undefined) {
    if (type !== undefined && type !== 'stdio') throw bad(place, `: "type" ${JSON.stringify(type)} has no "command"`)
    const args: readonly unknown[] = Array.isArray(entry.args) ? entry.args : []
    if (entry.args !== undefined && !Array.isArray(entry.args)) throw bad(place, ': "args" must be a list of texts')
    const words = args.map((word, index) => (word === '' ? '' : text(word, `args[${index}]`)))
    assertNoGateway(words, place)
    const cwd = entry.cwd === undefined ? undefined : text(entry.cwd, 'cwd')
    return {
      kind: 'stdio',
      name,
      command: text(command, 'command'),
      args: words,
      env: texts(entry.env, 'env'),
      ...(cwd === undefined ? {} : { cwd: isAbsolute(cwd) ? cwd : resolve(base, cwd) }),
    }
  }
  const kind = KINDS.get(type)
  if (kind === undefined) throw bad(place, `: "type" must be "stdio", "http" or "sse", got ${JSON.stringify(type)}`)
  const headers = texts(entry.headers, 'headers')
  return { kind, name, url: address(text(httpUrl ?? url, 'url'), { place, headers }), headers }
}

/** The names that hosts have for the ways to reach a server; one that only says `url` means HTTP. */
const KINDS: ReadonlyMap<unknown, 'http' | 'sse'> = new Map([
  [undefined, 'http'],
  ['http', 'http'],
  ['streamable-http', 'http'],
  ['sse', 'sse'],
])

function address(
  url: string,
  { place, headers }: { place: string; headers: Readonly<Record<string, string>> },
): string {
  if (!URL.canParse(url)) throw bad(place, ': "url" must be an http or https address')
  const { protocol, hostname, username } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') throw bad(place, ': "url" must be an http or https address')
  if (username !== '') throw bad(place, ': put the password of "url" into "headers"')
  const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol === 'http:' && !local && Object.keys(headers).length > 0) {
    throw bad(place, ': "headers" would travel readable to another machine; use https')
  }
  return url
}

function parse(file: string): Fields {
  try {
    const { size } = statSync(file)
    if (size > MAX_FILE) throw new Error(`it has ${size} bytes; at most ${MAX_FILE} are read`)
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (isFields(value)) return value
    throw new Error('it must hold one JSON object')
  } catch (cause) {
    throw new McpError('BAD_CONFIGURATION', `${file} cannot be read as a list of MCP servers: ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** A name is part of the names of tools, where `__` ends it. */
function assertName(name: string, place: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) && !/__|_$/.test(name)) return
  throw bad(
    place,
    `: a server's name has 1 to 64 letters, digits, ".", "-" and "_", without "__" and without "_" at its end, got ${JSON.stringify(name)}`,
  )
}

/** A gateway that starts itself would do so without end. */
function assertNoGateway(args: readonly string[], place: string): void {
  if (!args.some((word, index) => word === 'mcp' && args[index + 1] === 'gateway')) return
  throw bad(place, ' starts another gateway; list the servers themselves')
}

/** `npx -y @scope/server-files@1.2 .` is `server-files`. */
function nameOf(words: readonly string[]): string {
  const runner = /^(?:npx|bunx|uvx|pnpm|yarn|npm|node|deno|bun|python3?|uv|docker)$/
  const skipped = /^(?:-.*|exec|dlx|run|x)$/
  const base = (word: string): string => word.replace(/.*[\\/]/, '')
  const word = words.find((one) => !runner.test(base(one)) && !skipped.test(one)) ?? words[0] ?? ''
  const name = base(word)
    .replace(/@[^@]*$/, '')
    .replace(/\.(?:[cm]?js|py|exe)$/, '')
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
  return name === '' ? 'server' : name.slice(0, 64)
}

function bad(place: string, problem: string): McpError {
  return new McpError('BAD_CONFIGURATION', `${place}${problem.startsWith(':') ? '' : ' '}${problem}.`)
}
