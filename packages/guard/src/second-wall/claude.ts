import { hookTable } from '../hooks/definition.js'
import { hostOf, listOf, wallRules } from './wall.js'
import type { SecondWall, Untranslated, WallOptions, WallRule } from './wall.js'

const MANAGED = '/etc/claude-code/managed-settings.json'

/** What an agent must never change by itself, whatever the policy says: the settings that hold it, and Loki's own files. */
const OWN_FILES = [
  '/.loki/**',
  '/.claude/settings.json',
  '/.claude/settings.local.json',
  '~/.loki/**',
  '~/.claude/settings.json',
]

/**
 * Managed settings of Claude Code (code.claude.com, settings): its hooks cannot be taken out, its bypass mode is off, its sandbox
 * must run, and what permission rules can say of the policy is denied or asked by Claude Code itself.
 */
export function claudeWall(options: WallOptions): SecondWall {
  const { rules, untranslated } = wallRules(options)
  const left: Untranslated[] = [...untranslated]
  const deny = new Set(OWN_FILES.map((path) => `Edit(${path})`))
  const ask = new Set<string>()
  const deniedModels = new Set<string>()
  const deniedDomains = new Set<string>()
  for (const rule of rules) {
    const keys = Object.keys(rule.match).sort().join('+')
    if (keys === 'model' && rule.action === 'deny') for (const model of rule.match.model ?? []) deniedModels.add(model)
    else {
      const said = permissionsOf(rule, keys)
      if (typeof said === 'string') left.push({ rule: rule.name, why: said })
      else for (const permission of said) (rule.action === 'deny' ? deny : ask).add(permission)
    }
    if (keys === 'url' && rule.action === 'deny') {
      for (const pattern of rule.match.url ?? []) {
        const host = hostOf(pattern)
        if (host !== undefined) deniedDomains.add(host)
      }
    }
  }
  const allowedDomains = listOf(options.env.SCOPE_ALLOWED_HOSTS, /[\s,]+/)
  const settings = {
    allowManagedHooksOnly: true,
    hooks: hookTable('claude', options.hookCommand),
    permissions: { deny: [...deny].sort(), ask: [...ask].sort(), disableBypassPermissionsMode: 'disable' },
    ...(deniedModels.size === 0 ? {} : { deniedModels: [...deniedModels].sort() }),
    sandbox: {
      enabled: true,
      failIfUnavailable: true,
      allowUnsandboxedCommands: false,
      ...(allowedDomains.length + deniedDomains.size === 0
        ? {}
        : {
            network: {
              ...(allowedDomains.length === 0 ? {} : { allowedDomains, strictAllowlist: true }),
              ...(deniedDomains.size === 0 ? {} : { deniedDomains: [...deniedDomains].sort() }),
            },
          }),
    },
  }
  return { files: [{ path: MANAGED, content: `${JSON.stringify(settings, null, 2)}\n` }], untranslated: left }
}

/** The permission rules that say the same or more; a sentence where none does. */
function permissionsOf({ match }: WallRule, keys: string): readonly string[] | string {
  switch (keys) {
    case 'command':
      return translated(match.command ?? [], (pattern) => {
        const words = pattern.replace(/ \*$/, '')
        return /[*?[\]{}$`'"\\()]/.test(words) ? undefined : [`Bash(${words})`, `Bash(${words} *)`]
      })
    case 'path':
      return translated(match.path ?? [], (glob) => [`Read(${anchored(glob)})`, `Edit(${anchored(glob)})`])
    case 'access+path':
      return translated(match.path ?? [], (glob) => [
        `${match.access?.[0] === 'read' ? 'Read' : 'Edit'}(${anchored(glob)})`,
      ])
    case 'service':
      return translated(match.service ?? [], (service) => {
        const [, server = '', tool] = /^([A-Za-z0-9_-]+)(?:\/([A-Za-z0-9_*-]+))?$/.exec(service) ?? []
        if (server === '') return undefined
        return [tool === undefined || tool === '*' ? `mcp__${server}` : `mcp__${server}__${tool}`]
      })
    case 'tool':
      return translated(match.tool ?? [], (tool) => (/^[A-Za-z0-9_]+$/.test(tool) ? [tool] : undefined))
    case 'url':
      return translated(match.url ?? [], (pattern) => {
        const host = hostOf(pattern)
        return host === undefined ? undefined : [`WebFetch(domain:${host})`]
      })
    default:
      return `permission rules know no ${keys.replaceAll('+', ' with ')}`
  }
}

/** All of a list or nothing: a rule that holds in part would be taken for one that holds. */
function translated(
  wanted: readonly string[],
  one: (pattern: string) => readonly string[] | undefined,
): readonly string[] | string {
  const said = wanted.map(one)
  const missing = said.indexOf(undefined)
  return missing === -1
    ? said.flatMap((rules) => rules ?? [])
    : `permission rules cannot say ${JSON.stringify(wanted[missing])}`
}

/** Paths of permission rules: `//` begins at the root of the file system, `/` at the project. */
function anchored(glob: string): string {
  if (glob.startsWith('~')) return glob
  if (glob.startsWith('/')) return `/${glob}`
  return glob.startsWith('**/') ? glob : `/${glob.replace(/^\.\//, '')}`
}
