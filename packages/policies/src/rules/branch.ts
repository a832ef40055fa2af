import type { Argument, SimpleCommand } from '../command/analysis.js'
import { parseGit } from '../command/git.js'
import { parseOptions } from '../command/options.js'
import { globMatcher } from '../paths/glob.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** Branches that may and may not be pushed to. */
export interface BranchScope {
  /** Undefined: any that is not denied. */
  readonly allowed: readonly string[] | undefined
  readonly denied: readonly string[]
}

/** `SCOPE_ALLOWED_BRANCHES` and `SCOPE_DENIED_BRANCHES`: no push to other branches, however it is spelled. */
export function branchRule(scope: BranchScope): Rule {
  const denied = scope.denied.map(globMatcher)
  const allowed = scope.allowed?.map(globMatcher)
  const permits = (branch: string): boolean =>
    !denied.some((matches) => matches(branch)) && (allowed === undefined || allowed.some((matches) => matches(branch)))

  return {
    name: 'loki_branch_scope',
    point: 'pre_execution',
    check({ input, analysis }) {
      if (analysis === undefined)
        return input.kind === 'git' ? judge(input.branch === undefined ? [undefined] : [input.branch]) : NO_BREACH
      let current: readonly (string | undefined)[] = [input.branch]
      const breaches: Breach[] = []
      for (const command of analysis.commands) {
        if (command.program !== 'git') continue
        const switched = branchAfter(command, current)
        if (switched !== undefined) current = switched
        const targets = pushTargets(command, current)
        if (targets !== undefined) breaches.push(...judge(targets))
      }
      return breaches
    },
  }

  function judge(targets: readonly (string | undefined)[]): readonly Breach[] {
    const bad = targets.find((target) => target === undefined || !permits(target))
    if (bad === undefined && !targets.includes(undefined)) return NO_BREACH
    const where = bad === undefined ? 'a branch that cannot be known before it runs' : `the branch ${bad}`
    return [
      {
        action: 'deny',
        reason: `it would push to ${where}${scope.allowed === undefined ? '' : `; allowed: ${scope.allowed.join(', ')}`}`,
        suggest:
          'push a branch of your own by its full name (git push origin HEAD:refs/heads/<name>) and open a pull request',
      },
    ]
  }
}

const PUSH_VALUES = ['o', 'push-option', 'receive-pack', 'exec', 'repo', 'recurse-submodules']

/** Branches a command pushes to, undefined among them where one is not known; undefined where it is no push. */
function pushTargets(
  command: SimpleCommand,
  current: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  const { subcommand, args, elsewhere } = parseGit(command.argv)
  if (subcommand === 'subtree' && args[0]?.text === 'push') return [args.at(-1)?.text]
  if (subcommand !== 'push' && subcommand !== 'send-pack') return undefined
  const { flags, operands } = parseOptions([{ text: 'push', known: true, glob: false }, ...args], {
    values: PUSH_VALUES,
  })
  if (['all', 'branches', 'mirror', 'stdin'].some((flag) => flags.has(flag))) return [undefined]
  if (!args.every((word) => word.known)) return [undefined]
  const here = elsewhere ? [undefined] : current
  const refspecs = operands.slice(flags.has('repo') ? 0 : 1)
  if (refspecs.length === 0) return flags.has('tags') ? [] : here
  const targets: (string | undefined)[] = []
  for (let index = 0; index < refspecs.length; index += 1) {
    // `tag v1` is a pair.
    if (refspecs[index]?.text === 'tag') index += 1
    else targets.push(...targetOf(refspecs[index]?.text ?? '', here))
  }
  return targets
}

function targetOf(refspec: string, here: readonly (string | undefined)[]): readonly (string | undefined)[] {
  const plain = refspec.replace(/^\+/, '')
  if (plain.startsWith('^')) return []
  const colon = plain.indexOf(':')
  const name = colon < 0 ? plain : plain.slice(colon + 1)
  // `:` alone pushes every branch that both sides have.
  if (name === '' || name.includes('*')) return [undefined]
  if (colon < 0 && (name === 'HEAD' || name === '@')) return here
  if (name.startsWith('refs/tags/')) return []
  return [name.replace(/^(refs\/)?(heads\/)?/, '')]
}

/** The branches that may be checked out after a command; undefined where it changes none. */
function branchAfter(
  command: SimpleCommand,
  current: readonly (string | undefined)[],
): readonly (string | undefined)[] | undefined {
  const { subcommand, args } = parseGit(command.argv)
  const words: readonly Argument[] = [{ text: 'git', known: true, glob: false }, ...args]
  if (subcommand === 'switch' || subcommand === 'checkout') {
    const { flags, operands } = parseOptions(words, {
      values: ['b', 'B', 'c', 'C', 'create', 'force-create', 'orphan'],
    })
    const created = ['b', 'B', 'c', 'C', 'create', 'force-create', 'orphan']
      .map((flag) => flags.get(flag))
      .find(Boolean)
    const target = created ?? operands[0]?.text
    if (target === undefined) return undefined
    const known = args.every((word) => word.known) && target !== '-'
    const next = known ? target : undefined
    // `git checkout name` may be a file: then the branch stays.
    return created !== undefined || subcommand === 'switch' ? [next] : [...current, next]
  }
  if (subcommand === 'branch' && args.some((word) => /^-[a-zA-Z]*[mM]|^--move/.test(word.text)))
    return [args.at(-1)?.text]
  return subcommand === 'symbolic-ref' ? [undefined] : undefined
}
