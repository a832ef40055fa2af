import type { Finding } from './data/finding.js'
import type { Decision, EnforcementPoint } from './input.js'

/** What a rule does when it is broken. */
export type RuleAction = 'deny' | 'require_approval' | 'warn'

/** How bad it is when a rule is broken. */
export type Severity = 'critical' | 'high' | 'medium' | 'low'

/**
 * Who made a rule, uppermost first: `built_in` and `variables` hold before everything, then the built-in `pack`, the
 * `organisation`'s file, the `project`'s and the `session`'s. A lower level can only make it stricter, unless the upper
 * one says `overridable`.
 */
export type Level = 'built_in' | 'variables' | 'pack' | 'organisation' | 'project' | 'session'

/** Where a rule is written. Lines and columns count from 1. */
export interface Source {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One rule that an action breaks. */
export interface Violation {
  /** The rule's name; built-in rules begin with `loki_`. */
  readonly rule: string
  readonly point: EnforcementPoint
  readonly action: RuleAction
  /** Who made the rule. */
  readonly level: Level
  /** How bad it is, where the rule says it. */
  readonly severity?: Severity
  /** Why, in a sentence for a person. */
  readonly reason: string
  /** What to do instead. */
  readonly suggest: string
  /** Where the rule is written; absent for built-in rules. */
  readonly source?: Source
  /** What a data rule found: kind, place and fingerprint, never the value. */
  readonly findings?: readonly Finding[]
}

/** A violation that an `allow` of the policy takes back. */
export interface LiftedViolation extends Violation {
  /** The `allow` that does it. */
  readonly by: { readonly rule: string; readonly level: Level; readonly source?: Source }
}

/** The answer to one action. */
export interface Evaluation {
  readonly decision: Decision
  readonly allowed: boolean
  readonly requiresApproval: boolean
  readonly reason: string
  /** The rule that decided. */
  readonly rule?: string
  readonly suggest?: string
  /** Broken rules that deny or ask, strictest first. */
  readonly violations: readonly Violation[]
  /** Broken rules that only warn. */
  readonly warnings: readonly Violation[]
  /** Broken rules in shadow mode: what they would have done. They stop nothing. */
  readonly shadow: readonly Violation[]
  /** Broken rules that an `allow` takes back. */
  readonly lifted: readonly LiftedViolation[]
}

const RANK: Readonly<Record<RuleAction, number>> = { deny: 0, require_approval: 1, warn: 2 }
const SEVERITY: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 }
const NONE: readonly never[] = []

/** The answer where no rule objects. */
export const NO_OBJECTION: Evaluation = Object.freeze({
  decision: 'ALLOW',
  allowed: true,
  requiresApproval: false,
  reason: 'no rule objects',
  violations: NONE,
  warnings: NONE,
  shadow: NONE,
  lifted: NONE,
})

/** What rules had to say of one action. */
export interface Heard {
  readonly broken: readonly Violation[]
  readonly shadow: readonly Violation[]
  readonly lifted: readonly LiftedViolation[]
}

/** Puts violations together: one that denies beats one that asks, and that beats none; among like ones the gravest leads. */
export function concludes({ broken, shadow, lifted }: Heard): Evaluation {
  if (broken.length === 0 && shadow.length === 0 && lifted.length === 0) return NO_OBJECTION
  const violations = broken.filter((violation) => violation.action !== 'warn').sort(byGravity)
  const warnings = broken.filter((violation) => violation.action === 'warn')
  const [first] = violations
  const rest = { violations, warnings, shadow, lifted }
  if (first === undefined)
    return { decision: 'ALLOW', allowed: true, requiresApproval: false, reason: allowedReason(rest), ...rest }
  const denied = first.action === 'deny'
  return {
    decision: denied ? 'DENY' : 'REQUIRE_APPROVAL',
    allowed: false,
    requiresApproval: !denied,
    reason: first.reason,
    rule: first.rule,
    suggest: first.suggest,
    ...rest,
  }
}

function byGravity(a: Violation, b: Violation): number {
  const stricter = RANK[a.action] - RANK[b.action]
  if (stricter !== 0 || a.severity === undefined || b.severity === undefined) return stricter
  return SEVERITY[a.severity] - SEVERITY[b.severity]
}

function allowedReason({ warnings, lifted }: Pick<Evaluation, 'warnings' | 'lifted'>): string {
  const [warning] = warnings
  const [taken] = lifted
  if (warning !== undefined) return `no rule forbids it; warning: ${warning.reason}`
  return taken === undefined ? NO_OBJECTION.reason : `"${taken.by.rule}" allows it, though ${taken.reason}`
}
