import type { TestedRule } from './file/entry.js'
import type { PolicyWarning, WarningCode } from './problem.js'
import { lifts } from './merge/exception.js'
import type { Rule } from './rules/rule.js'
import { ASPECT } from './rules/match/condition.js'

/** Remarks on the rules of the files: nothing of it changes a decision. */
export function lint(rules: readonly TestedRule[], others: readonly Rule[]): readonly PolicyWarning[] {
  const all = rules.map(({ rule }) => rule)
  const asked = [...all, ...others].filter((rule) => rule.action !== 'allow')
  return rules.flatMap(({ rule, tests }, index) => {
    const found: PolicyWarning[] = []
    const remark = (code: WarningCode, message: string): void => {
      found.push(warning(rule, code, message))
    }
    const typed = rule.conditions !== undefined
    if (rule.action === 'deny' && typed && rule.explained !== true)
      remark('no_reason', 'it denies without "reason" and "suggest": whoever is refused does not learn what to do')
    if (rule.action === 'deny' && typed && tests.length === 0)
      remark(
        'untested',
        'it denies and has no "tests": nothing shows that it is against what it is meant to be against',
      )
    if (!canMatch(rule)) remark('never_matches', 'no action has all the fields that it is about')
    const own = new Set(rule.conditions)
    const before = all.find((other, at) => at < index && shadows(other, rule, own))
    if (before !== undefined)
      remark('shadowed', `"${before.name}" is about the same and is at least as strict, so this one never decides`)
    if (
      rule.action === 'allow' &&
      !asked.some((other) => lifts(rule, other, other.action === 'deny' ? 'deny' : 'require_approval'))
    )
      remark('lifts_nothing', 'no rule asks for what it allows, and what denies is not "overridable"')
    return found
  })
}

function warning(rule: Rule, code: WarningCode, message: string): PolicyWarning {
  const { file = '', line = 0, column = 0 } = rule.source ?? {}
  return { code, file, line, column, rule: rule.name, message: `"${rule.name}": ${message}` }
}

/** Whether there is a kind of action with all the sides that the rule needs. */
function canMatch(rule: Rule): boolean {
  const needed = rule.aspects ?? []
  return SIDES.some((sides) => needed.every((one) => (one & sides) !== 0))
}

// What a host says with one action: a model's name comes with any.
const SIDES: readonly number[] = [
  ASPECT.command | ASPECT.file | ASPECT.git | ASPECT.network | ASPECT.model,
  ASPECT.file | ASPECT.model,
  ASPECT.git | ASPECT.model,
  ASPECT.network | ASPECT.model,
  ASPECT.service | ASPECT.file | ASPECT.network | ASPECT.model,
]

const STRICTNESS = ['warn', 'require_approval', 'deny']

function shadows(upper: Rule, lower: Rule, own: ReadonlySet<string>): boolean {
  if (upper.mode === 'shadow' || upper.point !== lower.point || upper.overridable === true) return false
  if (upper.conditions === undefined || lower.conditions === undefined) return false
  if (upper.action === 'allow' || lower.action === 'allow') return false
  if (STRICTNESS.indexOf(upper.action ?? '') < STRICTNESS.indexOf(lower.action ?? '')) return false
  // Each condition of the upper one stands in the lower one as well.
  return upper.conditions.every((condition) => own.has(condition))
}
