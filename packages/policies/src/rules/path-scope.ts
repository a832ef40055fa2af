import { isWithin, UnresolvablePath } from '../paths/identity.js'
import type { RuleAction, Source } from '../evaluation.js'
import { type Facts, isHarmlessDevice, type NamedPath } from './facts.js'
import { shorten } from './match/condition.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** A rule that keeps paths inside folders. */
export interface PathScope {
  readonly name: string
  readonly action: RuleAction
  readonly source?: Source
  /** The folders, as they are written; undefined means the project. */
  readonly folders: ((facts: Facts) => readonly string[]) | undefined
  /** True where paths that commands read count as well. */
  readonly reads: boolean
}

/** `file_path must start with project_dir` and `LOKI_ALLOWED_PATHS`: every path lies in one of the folders. */
export function pathScopeRule(scope: PathScope): Rule {
  return {
    name: scope.name,
    point: 'pre_execution',
    ...(scope.source === undefined ? {} : { source: scope.source }),
    compare(facts) {
      const named = namedPaths(facts, scope.reads)
      const folders = scope.folders?.(facts) ?? [facts.input.projectDir]
      const broken = named.some((one) =>
        checkOne(one, { facts, folders: folders.map((path) => facts.identity.resolve(path)), scope }),
      )
      const found = named.map(({ text, access }) => `${text} (${access})`).join(', ')
      return [
        {
          field: 'file_path',
          wanted: `inside ${folders.join(', ')}`,
          found: found === '' ? 'nothing' : shorten(found),
          answer: named.length === 0 ? 'absent' : broken ? 'no' : 'yes',
        },
      ]
    },
    check(facts) {
      const { kind, paths } = facts.input
      if ((kind === 'file_read' || kind === 'file_write') && (paths === undefined || paths.length === 0))
        return [missing(scope.action)]
      const named = namedPaths(facts, scope.reads)
      if (named.length === 0) return NO_BREACH
      const folders = (scope.folders?.(facts) ?? [facts.input.projectDir]).map((path) => facts.identity.resolve(path))
      const breaches: Breach[] = []
      for (const one of named) {
        const breach = checkOne(one, { facts, folders, scope })
        if (breach !== undefined) breaches.push(breach)
        if (breaches.length >= 8) break
      }
      return breaches
    },
  }
}

function namedPaths(facts: Facts, reads: boolean): readonly NamedPath[] {
  const analysis = facts.analysis
  if (analysis === undefined) return facts.named
  return [...facts.named, ...analysis.writes, ...(reads ? analysis.reads.filter((use) => use.known) : [])]
}

interface Check {
  readonly facts: Facts
  readonly folders: readonly string[]
  readonly scope: PathScope
}

function checkOne(one: NamedPath, { facts, folders, scope }: Check): Breach | undefined {
  if (one.remote) return undefined
  const allowed = folders.join(', ')
  if (!one.known)
    return {
      action: scope.action === 'warn' ? 'warn' : 'require_approval',
      reason: `${one.program} would ${one.access} ${one.text}, and which path that is cannot be known before it runs`,
      suggest: `write the path out, inside ${allowed}`,
      unchecked: 'unknown',
    }
  for (const path of one.paths) {
    if (isHarmlessDevice(path)) continue
    try {
      const entry = one.access === 'remove' || one.access === 'move'
      const real = entry ? facts.identity.resolveEntry(path) : facts.identity.resolve(path)
      if (folders.some((folder) => isWithin(real, folder))) continue
      const spelled = real === one.text ? real : `${one.text} (${real})`
      return {
        action: scope.action,
        reason: `${spelled} is not inside ${allowed}`,
        suggest: `use a path inside ${allowed}`,
      }
    } catch (error) {
      if (!(error instanceof UnresolvablePath)) throw error
      return { action: scope.action, reason: error.message, suggest: `use a plain path inside ${allowed}` }
    }
  }
  return undefined
}

function missing(action: RuleAction): Breach {
  return {
    action,
    reason: 'the rule needs the path of the file, and the action names none',
    suggest: 'name the path that is read or written',
    unchecked: 'missing',
  }
}
