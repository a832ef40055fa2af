import type { Policies, RuleInForce } from '@loki/policies'

/** One file that a host reads for itself. */
export type WallFile = {
  /** Where an administrator puts it. */
  readonly path: string
  readonly content: string
}

/** A rule that the host's own settings cannot express, and why: the guard alone decides on it. */
export type Untranslated = { readonly rule: string; readonly why: string }

/** A policy in the words of one host's own settings: a wall behind the hooks, for when those do not run. */
export type SecondWall = {
  readonly files: readonly WallFile[]
  readonly untranslated: readonly Untranslated[]
}

/** What a wall is made of. */
export type WallOptions = {
  readonly policies: Policies
  /** Where the variables of scope come from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The program that answers hooks, without the host's name: `[node, main.js, 'hook']`. */
  readonly hookCommand: readonly string[]
}

/** A rule that is made of matchers alone. */
export type WallRule = {
  readonly name: string
  readonly action: 'deny' | 'require_approval'
  /** What the model or the person is told. */
  readonly reason: string
  /** By key of the policy; all of them must hold, and of each list any. */
  readonly match: Readonly<Record<string, readonly string[]>>
}

const VARIABLES: readonly (readonly [variable: string, key: string, separator: RegExp])[] = [
  ['LOKI_BLOCKED_COMMANDS', 'command', /,/],
  ['SCOPE_DENIED_PATHS', 'path', /[\s,]+/],
  ['SCOPE_DENIED_SERVICES', 'service', /[\s,]+/],
  ['SCOPE_DENIED_HOSTS', 'url', /[\s,]+/],
]

/** The rules that a wall can be made of, and the rest with the reason. */
export function wallRules({ policies, env }: WallOptions): {
  rules: readonly WallRule[]
  untranslated: readonly Untranslated[]
} {
  const rules: WallRule[] = VARIABLES.flatMap(([name, key, separator]) => {
    const values = listOf(env[name], separator)
    const reason = `${name} denies it`
    return values.length === 0 ? [] : [{ name, action: 'deny' as const, reason, match: { [key]: values } }]
  })
  const untranslated: Untranslated[] = []
  for (const rule of policies.describe()) {
    const { name, action, match, mode, level } = rule
    const why = whyNot(rule)
    if (level === 'variables' && VARIABLES.some(([variable]) => (env[variable]?.trim() ?? '') !== '')) continue
    if (why !== undefined || match === undefined)
      untranslated.push({ rule: name, why: why ?? 'it looks at more than names' })
    else if (mode === 'enforce' && (action === 'deny' || action === 'require_approval')) {
      rules.push({ name, action, reason: `the policy rule ${name} is against it`, match })
    }
  }
  return { rules, untranslated }
}

/** The host that a value of a scope variable names, of a URL pattern too; undefined for one with a path. */
export function hostOf(pattern: string): string | undefined {
  const host = pattern.replace(/^[a-z*]+:\/\//, '').replace(/\/\*?$/, '')
  return /^[A-Za-z0-9.*:[\]-]+$/.test(host) ? host : undefined
}

export function listOf(value: string | undefined, separator: RegExp): readonly string[] {
  return (value ?? '')
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function whyNot({ action, mode, level, point }: RuleInForce): string | undefined {
  if (mode === 'shadow') return 'it is in shadow mode and stops nothing'
  if (action === 'allow') return 'it is an exception, and a wall has none'
  if (action === 'warn') return 'it only warns'
  if (level === 'pack' || level === 'built_in') return 'it is built in, and takes commands and paths apart'
  if (point === 'data') return 'it looks at content'
  return action === undefined ? 'what it does depends on the action' : undefined
}
