import type { RuleAction, Source } from '../evaluation.js'
import type { EnforcementPoint } from '../input.js'
import type { Facts } from './facts.js'
import { isPlain, redirectsNowhere } from './match/command.js'
import { askAll, compareAll, type Comparison, type Condition, shorten, wantedText } from './match/condition.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** A rule that is its conditions: where all of them hold, its action follows. */
export interface TypedRule {
  readonly name: string
  readonly point: EnforcementPoint
  readonly source: Source
  readonly action: RuleAction | 'allow'
  readonly conditions: readonly Condition[]
}

/** Compiles a rule of conditions. One with `action: allow` breaks nothing and says by `excepts` what it takes back. */
export function typedRule({ name, point, source, action, conditions }: TypedRule): Rule {
  const compare = (facts: Facts): readonly Comparison[] => compareAll(conditions, facts)
  const common = {
    name,
    point,
    source,
    action,
    compare,
    aspects: aspectsNeeded(conditions),
    conditions: wantedOf(conditions),
    match: matchOf(conditions),
  }
  if (action === 'allow') return { ...common, check: () => NO_BREACH, excepts: (facts) => coversAll(conditions, facts) }
  return {
    ...common,
    check(facts) {
      const answer = askAll(conditions, facts)
      if (answer === 'no') return NO_BREACH
      return [answer === 'yes' ? matched(conditions, action, facts) : unchecked(conditions, action, { answer, facts })]
    },
  }
}

/** Narrows a rule: it is asked only where the conditions hold, or where whether they do cannot be told. */
export function narrowedRule(rule: Rule, conditions: readonly Condition[]): Rule {
  if (conditions.length === 0) return rule
  return {
    ...rule,
    aspects: [...(rule.aspects ?? []), ...aspectsNeeded(conditions)],
    check: (facts) => (askAll(conditions, facts) === 'no' ? NO_BREACH : rule.check(facts)),
    compare: (facts) => [...compareAll(conditions, facts), ...(rule.compare?.(facts) ?? [])],
  }
}

function wantedOf(conditions: readonly Condition[]): readonly string[] {
  return conditions.map((condition) => `${condition.field}: ${wantedText(condition)}`)
}

/** The matchers by their keys, as the policy writes them. */
function matchOf(conditions: readonly Condition[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    conditions.flatMap(({ field, wanted, access }) => [
      [field, wanted] as const,
      ...(access === undefined ? [] : [['access', [access]] as const]),
    ]),
  )
}

function aspectsNeeded(conditions: readonly Condition[]): readonly number[] {
  return [...new Set(conditions.flatMap(({ aspects }) => aspects ?? []))]
}

function matched(conditions: readonly Condition[], action: RuleAction, facts: Facts): Breach {
  const what = conditions.map((condition) => `${condition.field} is ${shorten(condition.found(facts))}`)
  return { action, reason: `the policy names it: ${what.join(', ')}`, suggest: SUGGEST[action] }
}

const SUGGEST: Readonly<Record<RuleAction, string>> = {
  deny: 'reach the goal another way, or ask a person to do it',
  require_approval: 'wait for a person to approve it, or reach the goal another way',
  warn: 'see whether it is what was wanted',
}

function unchecked(
  conditions: readonly Condition[],
  action: RuleAction,
  { answer, facts }: { answer: 'missing' | 'unknown'; facts: Facts },
): Breach {
  const open = conditions.filter((condition) => ['missing', 'absent', 'unknown'].includes(condition.ask(facts)))
  const fields = open.map(({ field }) => field).join(', ')
  if (answer === 'unknown')
    return {
      // For all that is known it may be something else, so a person is asked.
      action: action === 'deny' ? 'require_approval' : action,
      reason: `it may be what the rule is against (${open.map((one) => `${one.field}: ${wantedText(one)}`).join('; ')}), and that is known only when it runs`,
      suggest: 'write the words out',
      unchecked: 'unknown',
    }
  const detail = open.find(({ field }) => field === 'when')?.found(facts)
  return {
    action,
    reason: `the rule needs to know ${fields}, and the action does not say${detail === undefined ? '' : ` (${shorten(detail)})`}`,
    suggest: `tell the guard ${fields}`,
    unchecked: 'missing',
  }
}

/**
 * Whether all conditions hold for the whole of an action. A command is covered by `command`, `branch` or `when`; where
 * only other things are said of it (its paths), the rest of what it does is not.
 */
function coversAll(conditions: readonly Condition[], facts: Facts): boolean {
  if (conditions.length === 0) return false
  if (facts.analysis !== undefined) {
    const fields = new Set(conditions.map(({ field }) => field))
    const told = ['command', 'branch', 'when'].some((field) => fields.has(field))
    if (!told && ['path', 'url'].some((field) => fields.has(field))) return false
    if (!isPlain(facts)) return false
    if ((fields.has('command') || fields.has('branch')) && !fields.has('path') && !redirectsNowhere(facts)) return false
  }
  return conditions.every((condition) => condition.covers(facts))
}
