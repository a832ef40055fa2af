import { tomlInline } from './toml.js'
import { hostOf, wallRules } from './wall.js'
import type { SecondWall, Untranslated, WallOptions, WallRule } from './wall.js'

const POLICIES = '/etc/gemini-cli/policies/loki.toml'
const SETTINGS = '/etc/gemini-cli/settings.json'
/** The highest that a rule of a file can have; the folder of an administrator stands above those of users. */
const PRIORITY = 999
const WRITING = ['write_file', 'replace']
const READING = ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search']

/**
 * A policy of Gemini CLI's administrator (geminicli.com, policy engine) and the settings that keep its hooks on. Commands are matched
 * by how they begin, paths and addresses by a pattern over a tool's arguments.
 */
export function geminiWall(options: WallOptions): SecondWall {
  const { rules, untranslated } = wallRules(options)
  const left: Untranslated[] = [...untranslated]
  const written: string[] = []
  for (const rule of rules) {
    const said = tablesOf(rule)
    if (typeof said === 'string') left.push({ rule: rule.name, why: said })
    else written.push(...said.map((fields) => tableText(rule, fields)))
  }
  const own = { toolName: WRITING, argsPattern: String.raw`"file_path":"[^"]*(?:\.loki|\.gemini)/` }
  const guarded: WallRule = {
    name: 'loki-own-files',
    action: 'deny',
    reason: 'an agent may not change what governs it',
    match: {},
  }
  const policy = ['# Written by loki policy compile gemini.', tableText(guarded, own), ...written].join('\n\n')
  const settings = { hooksConfig: { enabled: true }, security: { disableYoloMode: true } }
  return {
    files: [
      { path: POLICIES, content: `${policy}\n` },
      { path: SETTINGS, content: `${JSON.stringify(settings, null, 2)}\n` },
    ],
    untranslated: left,
  }
}

type Table = Readonly<Record<string, string | readonly string[]>>

function tablesOf({ match }: WallRule): readonly Table[] | string {
  const keys = Object.keys(match).sort().join('+')
  switch (keys) {
    case 'command': {
      const prefixes = (match.command ?? []).map((pattern) => pattern.replace(/ \*$/, ''))
      const odd = prefixes.find((prefix) => /[*?[\]{}]/.test(prefix))
      if (odd !== undefined) return `policies of Gemini CLI cannot say ${JSON.stringify(odd)}`
      return [{ toolName: 'run_shell_command', commandPrefix: prefixes }]
    }
    case 'path':
    case 'access+path': {
      const isRead = match.access?.[0] === 'read'
      const tools = match.access === undefined ? [...READING, ...WRITING] : isRead ? READING : WRITING
      return (match.path ?? []).map((glob) => ({ toolName: tools, argsPattern: pathPattern(glob) }))
    }
    case 'service':
      return (match.service ?? []).map((service): Table => {
        const [server = '', tool] = service.split('/')
        return tool === undefined || tool === '*' ? { mcpName: server } : { mcpName: server, toolName: tool }
      })
    case 'tool':
      return [{ toolName: match.tool ?? [] }]
    case 'url': {
      const hosts = (match.url ?? []).map(hostOf)
      if (hosts.includes(undefined)) return 'policies of Gemini CLI are given hosts only, and it names a path'
      return hosts.map((host = '') => ({ toolName: 'web_fetch', argsPattern: `://${globPattern(host)}[/:"\\s]` }))
    }
    default:
      return `policies of Gemini CLI know no ${keys.replaceAll('+', ' with ')}`
  }
}

function tableText({ name, action, reason }: WallRule, fields: Table): string {
  const lines = Object.entries({
    name: `loki: ${name}`,
    ...fields,
    decision: action === 'deny' ? 'deny' : 'ask_user',
  }).map(([key, value]) => `${key} = ${tomlInline(value)}`)
  return [
    '[[rule]]',
    ...lines,
    `priority = ${PRIORITY}`,
    ...(action === 'deny' ? [`denyMessage = ${tomlInline(reason)}`] : []),
  ].join('\n')
}

/** A path of a policy, as a regular expression over the arguments of a tool as JSON. */
function pathPattern(glob: string): string {
  const path = glob.replace(/^(?:\.\/|~\/)/, '')
  return `"(?:file_path|path|dir_path|absolute_path)":"[^"]*${globPattern(path)}"`
}

function globPattern(glob: string): string {
  return glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:[^"]*/)?'
      if (part === '**') return '[^"]*'
      if (part === '*') return '[^/"]*'
      return part === '?' ? '[^/"]' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    })
    .join('')
}
