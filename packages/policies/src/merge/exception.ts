import type { Level, RuleAction } from '../evaluation.js'
import type { Rule } from '../rules/rule.js'

/** How far down a level is. */
const LEVEL_RANK: Readonly<Record<Level, number>> = {
  built_in: 0,
  variables: 0,
  pack: 1,
  organisation: 2,
  project: 3,
  session: 4,
}

/**
 * Whether an exception may take back what a rule says: what its own or a lower level asks, and whatever says
 * `overridable`. A denial stands otherwise, also where the rule only asks this time because it could not be checked.
 */
export function lifts(exception: Rule, rule: Rule, action: RuleAction): boolean {
  if (exception.mode === 'shadow' || exception.point !== rule.point) return false
  if (rule.overridable === true) return true
  if (action === 'deny' || rule.action === 'deny') return false
  const level = rule.askedBy ?? rule.level ?? 'built_in'
  return LEVEL_RANK[exception.level ?? 'built_in'] <= LEVEL_RANK[level] && level !== 'built_in' && level !== 'variables'
}
