import type { SimpleCommand } from '../command/analysis.js'
import { parseGit } from '../command/git.js'
import { parseOptions } from '../command/options.js'
import { branchUses } from '../rules/branch-target.js'
import type { Facts } from '../rules/facts.js'
import { branchMatcher } from '../rules/match/branch.js'
import { type Breach, NO_BREACH, type Rule } from '../rules/rule.js'

/** Branches that may and may not be made and pushed to; undefined: no such list. */
export interface BranchScope {
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[] | undefined
}

interface Target {
  readonly branch: string | undefined
  readonly verb: string
}

/** `SCOPE_ALLOWED_BRANCHES` and `SCOPE_DENIED_BRANCHES`: other branches are neither made nor pushed to, however git is called. */
export function branchScopeRule(scope: BranchScope): Rule {
  const denied = (scope.denied ?? []).map(branchMatcher)
  const allowed = scope.allowed?.map(branchMatcher)
  const permits = (branch: string): boolean =>
    !denied.some((matches) => matches(branch)) && (allowed === undefined || allowed.some((matches) => matches(branch)))
  const list = scope.allowed === undefined ? '' : `; allowed: ${scope.allowed.join(', ')}`
  return {
    name: 'loki_branch_scope',
    point: 'pre_execution',
    check(facts) {
      const bad = targetsOf(facts).find(({ branch }) => branch === undefined || !permits(branch))
      if (bad === undefined) return NO_BREACH
      const where =
        bad.branch === undefined ? 'a branch that cannot be known before it runs' : `the branch ${bad.branch}`
      const breach: Breach = {
        action: 'deny',
        reason: `it would ${bad.verb} ${where}${list}`,
        suggest:
          'make and push a branch of your own by its full name (git push origin HEAD:refs/heads/<name>) and open a pull request',
      }
      return [breach]
    },
  }
}

function targetsOf({ input, analysis }: Facts): readonly Target[] {
  if (analysis === undefined) return input.kind === 'git' ? [{ branch: input.branch, verb: 'push to' }] : []
  const uses = branchUses(analysis, input.branch).flatMap(({ how, branch }): readonly Target[] =>
    how === 'push' ? [{ branch, verb: 'push to' }] : how === 'create' ? [{ branch, verb: 'make' }] : [],
  )
  return [...uses, ...analysis.commands.flatMap(madeByReference)]
}

/** Branches that git makes without being asked for one by name: `update-ref`, `fetch a:b`, `worktree add ../x`. */
function madeByReference(command: SimpleCommand): readonly Target[] {
  if (command.program !== 'git') return []
  const { subcommand, args } = parseGit(command.argv)
  const { flags, operands } = parseOptions([{ text: 'git', known: true, glob: false }, ...args], {
    values: ['b', 'B', 'm', 'depth', 'reason', 'j'],
  })
  const target = (text: string, known: boolean): Target => ({ branch: known ? text : undefined, verb: 'make' })
  switch (subcommand) {
    case 'update-ref': {
      if (flags.has('stdin')) return [target('', false)]
      const [name] = operands
      return name !== undefined && (!name.known || name.text.startsWith('refs/heads/'))
        ? [target(name.text, name.known)]
        : []
    }
    case 'fetch':
    case 'pull':
      return operands.slice(1).flatMap(({ text, known }) => {
        const name = text.includes(':') ? text.slice(text.indexOf(':') + 1) : ''
        if (name === '' || /^refs\/(?!heads\/)/.test(name)) return []
        return [target(name, known && !name.includes('*'))]
      })
    case 'worktree': {
      const [verb, path, commit] = operands
      if (verb?.text !== 'add' || path === undefined || commit !== undefined) return []
      if (['b', 'B', 'detach', 'd', 'orphan'].some((flag) => flags.has(flag))) return []
      return [target(path.text.replace(/\/+$/, '').split('/').at(-1) ?? '', path.known)]
    }
    default:
      return []
  }
}
