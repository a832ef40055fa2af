import type { Level, RuleAction, Severity } from '../evaluation.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** What any entry of a policy may say beside what it is about. */
export interface General {
  readonly severity: Severity | undefined
  readonly mode: 'enforce' | 'shadow' | undefined
  readonly overridable: boolean | undefined
  readonly reason: string | undefined
  readonly suggest: string | undefined
  readonly onMissing: Exclude<RuleAction, 'warn'> | 'allow' | undefined
}

/** A rule with what its entry says in general, at the level of its file. */
export function generalRule(rule: Rule, general: General, level: Level): Rule {
  const { severity, mode, overridable } = general
  return {
    ...rule,
    level,
    ...(severity === undefined ? {} : { severity }),
    ...(mode === undefined ? {} : { mode }),
    ...(overridable === undefined ? {} : { overridable }),
    explained: general.reason !== undefined && general.suggest !== undefined,
    check: rewritten(rule, general),
  }
}

function rewritten(rule: Rule, { reason, suggest, onMissing }: General): Rule['check'] {
  if (reason === undefined && suggest === undefined && onMissing === undefined) return (facts) => rule.check(facts)
  return (facts) => {
    const breaches = rule.check(facts)
    if (breaches.length === 0) return NO_BREACH
    return breaches.flatMap((breach): readonly Breach[] => {
      const unchecked = breach.unchecked !== undefined
      const action = unchecked ? (onMissing ?? breach.action) : breach.action
      if (action === 'allow') return []
      return [
        {
          ...breach,
          action,
          // What could not be checked is told as that, and not as the breach that it may not be.
          ...(reason === undefined ? {} : { reason: unchecked ? `${reason} (${breach.reason})` : reason }),
          ...(suggest === undefined ? {} : { suggest }),
        },
      ]
    })
  }
}
