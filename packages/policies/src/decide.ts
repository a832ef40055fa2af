import {
  concludes,
  type Evaluation,
  type LiftedViolation,
  NO_OBJECTION,
  type RuleAction,
  type Violation,
} from './evaluation.js'
import type { EnforcementPoint, PolicyInput } from './input.js'
import { lifts } from './merge/exception.js'
import { Facts, type Surroundings } from './rules/facts.js'
import { aspectsOf } from './rules/match/condition.js'
import type { Breach, Rule } from './rules/rule.js'

/** Asks compiled rules; an immutable snapshot. */
export interface Decider {
  ask(points: readonly EnforcementPoint[], input: PolicyInput): Evaluation
}

/** What a rule said of one action, before exceptions are asked. */
export interface Objection {
  readonly rule: Rule
  readonly violation: Violation
}

/** Sorts the rules by enforcement point and by the sides of actions that they can concern. */
export function decider(rules: readonly Rule[], surroundings: Surroundings): Decider {
  const plans = new Map<number, Plan>()
  const planOf = (points: readonly EnforcementPoint[], input: PolicyInput): Plan => {
    let key = aspectsOf({ input })
    for (const point of points) key |= POINT_BIT[point]
    let plan = plans.get(key)
    if (plan === undefined) {
      plan = makePlan(rules, points, key)
      plans.set(key, plan)
    }
    return plan
  }
  return {
    ask(points, input) {
      const plan = planOf(points, input)
      const facts = new Facts(input, surroundings)
      let objections: Objection[] | undefined
      for (const rule of plan.rules) {
        const breaches = breachesOf(rule, facts)
        if (breaches.length === 0) continue
        objections ??= []
        for (const breach of breaches) objections.push({ rule, violation: violationOf(rule, breach) })
      }
      return objections === undefined ? NO_OBJECTION : concludeAll(objections, plan.exceptions, facts)
    },
  }
}

// Above the bits of the sides of actions.
const POINT_BIT: Readonly<Record<EnforcementPoint, number>> = {
  pre_execution: 1 << 16,
  pre_deployment: 1 << 17,
  resource: 1 << 18,
  data: 1 << 19,
}

interface Plan {
  readonly rules: readonly Rule[]
  readonly exceptions: readonly Rule[]
}

function makePlan(rules: readonly Rule[], points: readonly EnforcementPoint[], aspects: number): Plan {
  const asked = points.flatMap((point) => rules.filter((rule) => rule.point === point && concerns(rule, aspects)))
  return {
    rules: asked.filter((rule) => rule.action !== 'allow'),
    exceptions: asked.filter((rule) => rule.action === 'allow'),
  }
}

/** Whether a rule can concern an action with these sides. */
export function concerns(rule: Rule, aspects: number): boolean {
  return rule.aspects?.every((one) => (one & aspects) !== 0) ?? true
}

/** What a rule says of an action. One that cannot be checked to its end counts as broken. */
export function breachesOf(rule: Rule, facts: Facts): readonly Breach[] {
  try {
    return rule.check(facts)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    const reason = `the rule could not be checked: ${detail}`
    return [{ action: 'deny', reason, suggest: 'use plain paths and plain commands' }]
  }
}

/** A breach with what is known of its rule. */
export function violationOf(rule: Rule, breach: Breach): Violation {
  const { action, reason, suggest, findings } = breach
  return {
    rule: rule.name,
    point: rule.point,
    action,
    level: rule.level ?? 'built_in',
    ...(rule.severity === undefined ? {} : { severity: rule.severity }),
    reason,
    suggest,
    ...(rule.source === undefined ? {} : { source: rule.source }),
    ...(findings === undefined ? {} : { findings }),
  }
}

/** Puts objections together with the exceptions that take some of them back. */
export function concludeAll(objections: readonly Objection[], exceptions: readonly Rule[], facts: Facts): Evaluation {
  const broken: Violation[] = []
  const shadow: Violation[] = []
  const lifted: LiftedViolation[] = []
  const covering = new Map<Rule, boolean>()
  for (const { rule, violation } of objections) {
    const by =
      rule.mode === 'shadow' ? undefined : exceptionFor(rule, violation.action, { exceptions, covering, facts })
    if (by !== undefined) lifted.push({ ...violation, by: nameOf(by) })
    else if (rule.mode === 'shadow') shadow.push(violation)
    else broken.push(violation)
  }
  return concludes({ broken, shadow, lifted })
}

interface Exceptions {
  readonly exceptions: readonly Rule[]
  readonly covering: Map<Rule, boolean>
  readonly facts: Facts
}

function exceptionFor(rule: Rule, action: RuleAction, { exceptions, covering, facts }: Exceptions): Rule | undefined {
  return exceptions.find((exception) => {
    if (!lifts(exception, rule, action)) return false
    const known = covering.get(exception)
    if (known !== undefined) return known
    const covers = coversSurely(exception, facts)
    covering.set(exception, covers)
    return covers
  })
}

/** Whether an exception covers the action; one that cannot tell does not. */
export function coversSurely(exception: Rule, facts: Facts): boolean {
  try {
    return exception.excepts?.(facts) === true
  } catch {
    return false
  }
}

function nameOf(rule: Rule): LiftedViolation['by'] {
  const { name, level = 'built_in', source } = rule
  return { rule: name, level, ...(source === undefined ? {} : { source }) }
}
