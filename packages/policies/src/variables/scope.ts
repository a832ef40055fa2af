import { isAbsolute, join } from 'node:path'
import type { PolicyProblem } from '../problem.js'
import { blockedCommandRule, DEFAULT_BLOCKED } from '../rules/blocked-command.js'
import { branchRule } from '../rules/branch.js'
import { pathScopeRule } from '../rules/path-scope.js'
import type { Rule } from '../rules/rule.js'

/** Rules that variables make. */
export interface VariableRules {
  /** True where any of the variables is set. */
  readonly found: boolean
  readonly rules: readonly Rule[]
  readonly problems: readonly PolicyProblem[]
}

const MAX_ENTRIES = 256

/** Reads `LOKI_ALLOWED_PATHS`, `LOKI_BLOCKED_COMMANDS`, `SCOPE_ALLOWED_BRANCHES` and `SCOPE_DENIED_BRANCHES`. */
export function readVariables(
  env: NodeJS.ProcessEnv,
  { projectDir, home }: { projectDir: string; home: string },
): VariableRules {
  const rules: Rule[] = []
  const problems: PolicyProblem[] = []
  const paths = list(env, 'LOKI_ALLOWED_PATHS', { separator: /,/, problems })
  const blocked = list(env, 'LOKI_BLOCKED_COMMANDS', { separator: /,/, problems })
  const allowed = branches(env, 'SCOPE_ALLOWED_BRANCHES', problems)
  const denied = branches(env, 'SCOPE_DENIED_BRANCHES', problems)

  if (paths !== undefined) {
    const folders = paths.map((path) => resolveEntry(path, { projectDir, home }))
    rules.push(pathScopeRule({ name: 'loki_allowed_paths', action: 'deny', folders: () => folders, reads: true }))
  }
  for (const pattern of blocked?.filter((entry) => entry !== '') ?? DEFAULT_BLOCKED) {
    const rule = blockedCommandRule(pattern)
    if (typeof rule === 'string') problems.push(problem('LOKI_BLOCKED_COMMANDS', rule))
    else rules.push(rule)
  }
  if (allowed !== undefined || denied !== undefined) rules.push(branchRule({ allowed, denied: denied ?? [] }))
  return {
    found: [paths, blocked, allowed, denied].some((one) => one !== undefined) || problems.length > 0,
    rules,
    problems,
  }
}

function resolveEntry(path: string, { projectDir, home }: { projectDir: string; home: string }): string {
  if (path === '~' || path.startsWith('~/')) return home + path.slice(1)
  return isAbsolute(path) ? path : join(projectDir, path)
}

/** The entries of a variable; undefined where it is unset, empty or blank. */
function list(
  env: NodeJS.ProcessEnv,
  name: string,
  { separator, problems }: { separator: RegExp; problems: PolicyProblem[] },
): readonly string[] | undefined {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return undefined
  const entries = value.split(separator).map((entry) => entry.trim())
  if (entries.length > MAX_ENTRIES)
    problems.push(problem(name, `has ${entries.length} entries; at most ${MAX_ENTRIES} are read`))
  else if (entries.includes('')) problems.push(problem(name, 'has an empty entry; take the extra comma away'))
  else if (value.includes('\0')) problems.push(problem(name, 'holds a NUL byte'))
  return entries
}

function branches(env: NodeJS.ProcessEnv, name: string, problems: PolicyProblem[]): readonly string[] | undefined {
  const names = list(env, name, { separator: /[\s,]+/, problems })
  // The rules of git check-ref-format, with `*` for any characters.
  for (const branch of names ?? [])
    if (
      branch.startsWith('-') ||
      /[~^:?[\]\\@{}]|\.\.|\/\/|\.lock$|[/.]$/.test(branch) ||
      !/^[\x21-\uffff]*$/.test(branch)
    )
      problems.push(problem(name, `"${branch}" is no branch name; expected names such as main or release/*`))
  return names?.map((branch) => branch.replace(/^(refs\/)?heads\//, ''))
}

function problem(name: string, message: string): PolicyProblem {
  return { file: name, line: 0, column: 0, message, code: 'invalid_variable' }
}
