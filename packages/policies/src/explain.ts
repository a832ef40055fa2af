import { breachesOf, coversSurely, concerns, concludeAll, type Objection, violationOf } from './decide.js'
import type { Evaluation, Level, RuleAction, Severity, Source, Violation } from './evaluation.js'
import type { EnforcementPoint, PolicyInput } from './input.js'
import { Facts, type Surroundings } from './rules/facts.js'
import { aspectsOf, type Comparison } from './rules/match/condition.js'
import type { Rule } from './rules/rule.js'

/** One rule in force. */
export interface RuleInForce {
  readonly name: string
  readonly level: Level
  readonly point: EnforcementPoint
  /** What it does; absent where that depends on the action. */
  readonly action?: RuleAction | 'allow'
  readonly severity?: Severity
  readonly mode: 'enforce' | 'shadow'
  readonly overridable: boolean
  /** Where it is written; absent for built-in rules. */
  readonly source?: Source
  /** What it is about, `key: wanted` for each matcher; absent for rules that are not made of matchers. */
  readonly conditions?: readonly string[]
  /** The same by key, as the policy writes it: `command`, `path`, `access`, `when` ... */
  readonly match?: Readonly<Record<string, readonly string[]>>
}

/** What became of one rule. */
export type RuleOutcome =
  | 'matched' // it objects
  | 'not_matched' // it has nothing against the action
  | 'not_concerned' // it is about other kinds of actions
  | 'lifted' // it objects, and an exception takes that back
  | 'shadow' // it would object
  | 'covers' // an exception that covers the action
  | 'replaced' // a lower level has put another in its place

/** One rule beside one action. */
export interface ExplainedRule extends RuleInForce {
  readonly outcome: RuleOutcome
  /** The fields that were compared. */
  readonly compared: readonly Comparison[]
  /** What it objects to; empty where it does not. */
  readonly violations: readonly Violation[]
}

/** Why an action is decided on as it is. */
export interface Explanation {
  readonly evaluation: Evaluation
  /** The enforcement points that were asked. */
  readonly points: readonly EnforcementPoint[]
  /** Every rule, in the order in which they were asked. */
  readonly rules: readonly ExplainedRule[]
  /** The way to the decision, a sentence each. */
  readonly path: readonly string[]
}

/** The rule as a list of rules shows it. */
export function describeRule(rule: Rule): RuleInForce {
  const {
    name,
    level = 'built_in',
    point,
    action,
    severity,
    mode = 'enforce',
    overridable = false,
    source,
    conditions,
    match,
  } = rule
  return {
    name,
    level,
    point,
    ...(action === undefined ? {} : { action }),
    ...(severity === undefined ? {} : { severity }),
    mode,
    overridable,
    ...(source === undefined ? {} : { source }),
    ...(conditions === undefined ? {} : { conditions }),
    ...(match === undefined ? {} : { match }),
  }
}

/** What is explained. */
export interface Explained {
  readonly rules: readonly Rule[]
  readonly replaced: readonly Rule[]
  readonly surroundings: Surroundings
  readonly points: readonly EnforcementPoint[]
  readonly input: PolicyInput
}

/** Asks every rule and keeps what each one said. */
export function explain({ rules, replaced, surroundings, points, input }: Explained): Explanation {
  const facts = new Facts(input, surroundings)
  const aspects = aspectsOf({ input })
  const asked = points.flatMap((point) => rules.filter((rule) => rule.point === point))
  const exceptions = asked.filter((rule) => rule.action === 'allow')
  const objections: Objection[] = asked
    .filter((rule) => rule.action !== 'allow' && concerns(rule, aspects))
    .flatMap((rule) => breachesOf(rule, facts).map((breach) => ({ rule, violation: violationOf(rule, breach) })))
  const evaluation = concludeAll(objections, exceptions, facts)
  const explained = asked.map((rule): ExplainedRule => {
    const own = objections.filter((objection) => objection.rule === rule).map(({ violation }) => violation)
    return {
      ...describeRule(rule),
      outcome: outcomeOf(rule, own, { facts, aspects, evaluation }),
      compared: compared(rule, facts),
      violations: own,
    }
  })
  const gone = replaced
    .filter((rule) => points.includes(rule.point))
    .map((rule): ExplainedRule => ({ ...describeRule(rule), outcome: 'replaced', compared: [], violations: [] }))
  const all = [...explained, ...gone]
  return { evaluation, points, rules: all, path: pathOf(all, evaluation, points) }
}

interface Seen {
  readonly facts: Facts
  readonly aspects: number
  readonly evaluation: Evaluation
}

function outcomeOf(rule: Rule, own: readonly Violation[], { facts, aspects, evaluation }: Seen): RuleOutcome {
  if (!concerns(rule, aspects)) return 'not_concerned'
  if (rule.action === 'allow') return coversSurely(rule, facts) ? 'covers' : 'not_matched'
  if (own.length === 0) return 'not_matched'
  if (rule.mode === 'shadow') return 'shadow'
  const lifted = evaluation.lifted.some((one) => one.rule === rule.name && one.level === (rule.level ?? 'built_in'))
  return lifted ? 'lifted' : 'matched'
}

function compared(rule: Rule, facts: Facts): readonly Comparison[] {
  try {
    return rule.compare?.(facts) ?? []
  } catch {
    // What cannot be compared has been told as a breach.
    return []
  }
}

function pathOf(
  rules: readonly ExplainedRule[],
  evaluation: Evaluation,
  points: readonly EnforcementPoint[],
): readonly string[] {
  const concerned = rules.filter((rule) => !['not_concerned', 'replaced'].includes(rule.outcome))
  const path = [`asked at ${points.join(', ')}: ${concerned.length} of ${rules.length} rules can concern this action`]
  for (const rule of rules) {
    const where = `${rule.name} (${rule.level}${rule.source === undefined ? '' : `, ${place(rule.source)}`})`
    for (const one of rule.outcome === 'lifted' ? [] : rule.violations)
      path.push(`${where}: ${rule.outcome === 'shadow' ? 'in shadow, would ' : ''}${one.action}: ${one.reason}`)
    if (rule.outcome === 'replaced') path.push(`${where}: a lower level has replaced it`)
  }
  for (const one of evaluation.lifted)
    path.push(`${one.rule} (${one.level}): ${one.action} taken back by ${one.by.rule} (${one.by.level})`)
  path.push(`${evaluation.decision}: ${evaluation.reason}`)
  return path
}

function place({ file, line, column }: Source): string {
  return `${file}:${line}:${column}`
}
