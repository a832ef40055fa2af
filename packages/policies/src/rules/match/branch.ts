import { globMatcher } from '../../paths/glob.js'
import { type BranchUse, branchUses } from '../branch-target.js'
import type { Facts } from '../facts.js'
import { allCommands, isPlain, type Selection } from './command.js'
import { type Answer, anyOf, ASPECT, type Condition } from './condition.js'

/** Compiles the name of a branch: `*` stands for any characters, `refs/heads/` in front does not count. */
export function branchMatcher(pattern: string): (branch: string) => boolean {
  const matches = globMatcher(shortName(pattern))
  return (branch) => matches(shortName(branch))
}

/** `branch`: a git command pushes to, makes, changes or deletes one of these branches. */
export function branchCondition(names: readonly string[], selection: Selection): Condition {
  const matchers = names.map(branchMatcher)
  const answer = (branch: string | undefined): Answer =>
    branch === undefined ? 'unknown' : matchers.some((matches) => matches(branch)) ? 'yes' : 'no'
  return {
    field: 'branch',
    wanted: names,
    aspects: ASPECT.git,
    ask(facts) {
      if (facts.analysis !== undefined) return anyOf(selectedUses(facts, selection).map(({ branch }) => answer(branch)))
      if (facts.input.kind !== 'git' && facts.input.kind !== 'deploy') return 'no'
      return facts.input.branch === undefined ? 'missing' : answer(facts.input.branch)
    },
    covers(facts) {
      if (facts.analysis === undefined) return facts.input.branch !== undefined && answer(facts.input.branch) === 'yes'
      const uses = branchUsesOf(facts)
      return (
        isPlain(facts) &&
        allCommands(facts).every((command) => !command.remote && uses.some((use) => use.command === command)) &&
        uses.every(({ branch }) => answer(branch) === 'yes') &&
        uses.length > 0
      )
    },
    found(facts) {
      const branches = facts.analysis === undefined ? [facts.input.branch] : selectedUses(facts, selection).map(nameOf)
      const known = [...new Set(branches.map((branch) => branch ?? 'one that is not known'))]
      return known.length === 0 ? 'nothing' : known.join(', ')
    },
  }
}

function nameOf({ branch, how }: BranchUse): string {
  return `${branch ?? 'one that is not known'} (${how})`
}

function selectedUses(facts: Facts, selection: Selection): readonly BranchUse[] {
  const selected = new Set(selection(facts))
  return branchUsesOf(facts).filter((use) => selected.has(use.command))
}

function branchUsesOf({ analysis, input }: Facts): readonly BranchUse[] {
  return analysis === undefined ? [] : branchUses(analysis, input.branch)
}

function shortName(branch: string): string {
  return branch.replace(/^(refs\/)?heads\//, '')
}
