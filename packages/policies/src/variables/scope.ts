import { isAbsolute, join } from 'node:path'
import type { PolicyProblem } from '../problem.js'
import { blockedCommandRule, DEFAULT_BLOCKED } from '../rules/blocked-command.js'
import { refuseGlob } from '../rules/match/path.js'
import { pathScopeRule } from '../rules/path-scope.js'
import type { Rule } from '../rules/rule.js'
import { branchScopeRule } from '../scope/branch.js'
import { extensionScopeRule } from '../scope/extension.js'
import { hostScopeRule } from '../scope/host.js'
import { problemOf, readList } from '../scope/list.js'
import { allowedPathsRule, deniedPathsRule } from '../scope/path.js'
import { serviceScopeRule } from '../scope/service.js'

const BLANKS = /[\s,]+/

/** Rules that variables make. */
export interface VariableRules {
  /** True where any of the variables is set. */
  readonly found: boolean
  readonly rules: readonly Rule[]
  readonly problems: readonly PolicyProblem[]
}

/** Reads `LOKI_ALLOWED_PATHS`, `LOKI_BLOCKED_COMMANDS` and the `SCOPE_` variables. */
export function readVariables(
  env: NodeJS.ProcessEnv,
  { projectDir, home }: { projectDir: string; home: string },
): VariableRules {
  const rules: Rule[] = []
  const problems: PolicyProblem[] = []
  const paths = readList(env, 'LOKI_ALLOWED_PATHS', { separator: /,/, problems })
  const blocked = readList(env, 'LOKI_BLOCKED_COMMANDS', { separator: /,/, problems })
  if (paths !== undefined) {
    const folders = paths.map((path) => resolveEntry(path, { projectDir, home }))
    rules.push(pathScopeRule({ name: 'loki_allowed_paths', action: 'deny', folders: () => folders, reads: true }))
  }
  for (const pattern of blocked?.filter((entry) => entry !== '') ?? DEFAULT_BLOCKED) {
    const rule = blockedCommandRule(pattern)
    if (typeof rule === 'string') problems.push(problemOf('LOKI_BLOCKED_COMMANDS', rule))
    else rules.push(rule)
  }
  const scope = readScope(env, problems)
  return {
    found: paths !== undefined || blocked !== undefined || scope.length > 0 || problems.length > 0,
    rules: [...rules, ...scope],
    problems,
  }
}

function readScope(env: NodeJS.ProcessEnv, problems: PolicyProblem[]): readonly Rule[] {
  const read = (name: string, refuse: (entry: string) => string | undefined): readonly string[] | undefined =>
    readList(env, name, { separator: BLANKS, problems, refuse })
  const rules: Rule[] = []
  const allowedPaths = read('SCOPE_ALLOWED_PATHS', refuseGlob)
  const deniedPaths = read('SCOPE_DENIED_PATHS', refuseGlob)
  const extensions = read('SCOPE_ALLOWED_EXTENSIONS', refuseExtension)
  const branches = {
    allowed: read('SCOPE_ALLOWED_BRANCHES', refuseBranch),
    denied: read('SCOPE_DENIED_BRANCHES', refuseBranch),
  }
  const services = {
    allowed: read('SCOPE_ALLOWED_SERVICES', refuseService),
    denied: read('SCOPE_DENIED_SERVICES', refuseService),
  }
  const hosts = { allowed: read('SCOPE_ALLOWED_HOSTS', refuseHost), denied: read('SCOPE_DENIED_HOSTS', refuseHost) }
  if (allowedPaths !== undefined) rules.push(allowedPathsRule('loki_path_scope', allowedPaths))
  if (deniedPaths !== undefined) rules.push(deniedPathsRule(deniedPaths))
  if (extensions !== undefined) rules.push(extensionScopeRule(extensions))
  if (isSet(branches)) rules.push(branchScopeRule(branches))
  if (isSet(services)) rules.push(serviceScopeRule(services))
  if (isSet(hosts)) rules.push(hostScopeRule(hosts))
  return rules
}

function isSet(scope: {
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[] | undefined
}): boolean {
  return scope.allowed !== undefined || scope.denied !== undefined
}

function resolveEntry(path: string, { projectDir, home }: { projectDir: string; home: string }): string {
  if (path === '~' || path.startsWith('~/')) return home + path.slice(1)
  return isAbsolute(path) ? path : join(projectDir, path)
}

// The rules of git check-ref-format, with `*` for any characters.
function refuseBranch(name: string): string | undefined {
  const bad =
    name.startsWith('-') || /[~^:?[\]\\@{}]|\.\.|\/\/|\.lock$|[/.]$/.test(name) || !/^[\x21-\uffff]*$/.test(name)
  return bad ? 'is no branch name; expected names such as main or release/*' : undefined
}

function refuseExtension(entry: string): string | undefined {
  return /^(?:\*?\.)?[\w+-]+(?:\.[\w+-]+)*$/.test(entry) ? undefined : 'is no end of a file name; expected .ts or d.ts'
}

function refuseService(entry: string): string | undefined {
  return /^@?[^\s@/]+(?:\/[^\s@/]+)*(?:@[^\s@/]+)?(?:\/[^\s@/]+)?$/.test(entry)
    ? undefined
    : 'is no service; expected server, server/tool, server@source or names with * in them'
}

function refuseHost(entry: string): string | undefined {
  return /^(?:[\w*?][\w.*?-]*|\[[\da-fA-F:.]+\])(?::(?:\d{1,5}|\*))?$/.test(entry)
    ? undefined
    : 'is no host; expected example.com, *.example.com or example.com:8443, without a scheme or path'
}
