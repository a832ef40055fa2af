import { basename, isAbsolute } from 'node:path'
import { globMatcher } from '../paths/glob.js'
import { foldPath } from '../paths/folded.js'
import { sharedFile, sharedFiles } from '../paths/hard-link.js'
import { isWithin, UnresolvablePath } from '../paths/identity.js'
import type { Facts, NamedPath } from './facts.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** What an agent must not change, below one folder. */
export interface ProtectedPaths {
  /** As it is written; undefined means the project of the action. */
  readonly base: string | undefined
  /** Folders with all they hold. */
  readonly trees: readonly string[]
  /** Files; `*` stands for any characters. */
  readonly files: readonly string[]
}

const PROJECT: ProtectedPaths = {
  base: undefined,
  trees: ['.loki', '.git/hooks', '.opencode/plugin', '.opencode/plugins', '.github/hooks'],
  files: [
    ...['.claude/settings*.json', '.codex/hooks.json', '.codex/config.toml', '.gemini/settings.json'],
    ...['.cursor/hooks.json', '.github/copilot/settings*.json', '.git/config'],
  ],
}

/** The project's own protected paths, the user's, and those of folders that variables move. */
export function protectedPaths(home: string, env: NodeJS.ProcessEnv): readonly ProtectedPaths[] {
  const all: ProtectedPaths[] = [
    PROJECT,
    {
      base: home,
      trees: [
        ...['.loki', '.config/loki-mode', '.codex', '.copilot/hooks'],
        ...['.config/opencode/plugin', '.config/opencode/plugins'],
      ],
      files: ['.claude/settings*.json', '.gemini/settings.json', '.cursor/hooks.json', '.copilot/settings.json'],
    },
    ...[
      '/etc/loki',
      '/etc/claude-code',
      '/etc/codex',
      '/etc/gemini-cli',
      '/Library/Application Support/ClaudeCode',
    ].map((base) => ({
      base,
      trees: [''],
      files: [],
    })),
  ]
  const moved = (name: string): string | undefined => {
    const value = env[name]?.trim()
    return value !== undefined && isAbsolute(value) ? value : undefined
  }
  for (const base of [moved('LOKI_HOME'), moved('CODEX_HOME'), moved('COPILOT_HOME')])
    if (base !== undefined) all.push({ base, trees: [''], files: [] })
  const claude = moved('CLAUDE_CONFIG_DIR')
  if (claude !== undefined) all.push({ base: claude, trees: [], files: ['settings*.json'] })
  return all
}

/** An agent may not change what governs it: Loki's folder, agents' hook settings, git hooks. */
export function protectionRule(all: readonly ProtectedPaths[]): Rule {
  const compiled = all.map((one) => ({ ...one, matchers: one.files.map((file) => globMatcher(file.toLowerCase())) }))
  return {
    name: 'loki_self_protection',
    point: 'pre_execution',
    check(facts) {
      const changes = changesOf(facts)
      if (changes.length === 0) return NO_BREACH
      const bases = compiled.map((one) => ({
        ...one,
        real: foldPath(facts.identity.resolve(one.base ?? facts.input.projectDir)),
      }))
      for (const change of changes) {
        if (!change.known) {
          if (LOOKS_PROTECTED.test(change.text)) return [breach('require_approval', change, 'may be')]
          continue
        }
        for (const path of change.paths)
          if (
            bases.some((base) => touches(path, change, { base, facts })) ||
            isSecondName(path, change, { bases, facts })
          )
            return [breach('deny', change, 'is')]
      }
      return NO_BREACH
    },
  }
}

const LOOKS_PROTECTED =
  /(^|\/)\.(loki|git\/(hooks|config)|claude\/settings[^/]*\.json|codex|gemini\/settings\.json|cursor\/hooks\.json|opencode\/plugins?|github\/(hooks|copilot\/settings[^/]*\.json)|copilot\/hooks)(\/|$)/i

function breach(action: 'deny' | 'require_approval', change: NamedPath, is: string): Breach {
  return {
    action,
    reason: `${change.program} would change ${change.text}, which ${is} part of what governs this agent`,
    suggest: 'leave it as it is; a person changes the settings of the guard',
  }
}

function changesOf(facts: Facts): readonly NamedPath[] {
  const named = facts.named.filter((one) => one.access !== 'read')
  const analysis = facts.analysis
  if (analysis === undefined) return named
  // A link to a protected file is a second name under which it can be changed later.
  const linked = analysis.reads.filter((use) => use.program === 'ln' || use.program === 'link')
  return [...named, ...analysis.writes, ...linked].filter((use) => !use.remote)
}

interface Base extends ProtectedPaths {
  readonly matchers: readonly ((name: string) => boolean)[]
  readonly real: string
}

function touches(path: string, change: NamedPath, { base, facts }: { base: Base; facts: Facts }): boolean {
  let real: string
  try {
    const entry = change.access === 'remove' || change.access === 'move'
    real = foldPath(entry ? facts.identity.resolveEntry(path) : facts.identity.resolve(path))
  } catch (error) {
    if (error instanceof UnresolvablePath) return LOOKS_PROTECTED.test(path)
    throw error
  }
  const whole = (change.access === 'remove' && change.recursive && !change.filtered) || change.access === 'move'
  if (!isWithin(real, base.real)) return whole && isWithin(base.real, real)
  const relative = real === base.real ? '' : real.slice(base.real.length + 1)
  if (base.trees.some((tree) => (tree === '' ? true : isWithin(relative, tree)))) return true
  if (base.matchers.some((matches) => matches(relative))) return true
  const holds = [...base.trees, ...base.files].some((one) => relative === '' || isWithin(one, relative))
  if (holds) return whole || (relative !== '' && change.recursive && !change.filtered)
  return change.glob && mayMatch(relative, base)
}

// The shell's `*` leaves names with a dot in front alone, so only a pattern that begins with a dot can reach them.
function mayMatch(pattern: string, base: Base): boolean {
  if (!pattern.startsWith('.') && !/^[[{?@+]/.test(basename(pattern))) return false
  const matches = globMatcher(pattern.replace(/\[[^\]]*\]/g, '?'))
  return [...base.trees, ...base.files].some(
    (one) => matches(one) || one.split('/').some((_, index, names) => matches(names.slice(0, index + 1).join('/'))),
  )
}

// A hard link is the file itself, under a name that says nothing. Files with one name, nearly all, cost one look.
function isSecondName(
  path: string,
  change: NamedPath,
  { bases, facts }: { bases: readonly Base[]; facts: Facts },
): boolean {
  if (change.access !== 'write' && change.access !== 'mode') return false
  const id = sharedFile(path)
  if (id === undefined) return false
  const guarded = bases.flatMap((base) => {
    const root = base.base ?? facts.input.projectDir
    return [...base.trees, ...base.files.filter((file) => !file.includes('*'))].map((one) => `${root}/${one}`)
  })
  const settings = bases.flatMap((base) =>
    base.files.some((file) => file.includes('settings*')) ? settingsOf(base, facts) : [],
  )
  return sharedFiles([...guarded, ...settings]).has(id)
}

function settingsOf(base: Base, facts: Facts): readonly string[] {
  const root = base.base ?? facts.input.projectDir
  return base.files.flatMap((file) =>
    file.includes('*')
      ? ['settings.json', 'settings.local.json'].map((name) => `${root}/${file.replace(/settings\*\.json$/, name)}`)
      : [],
  )
}
