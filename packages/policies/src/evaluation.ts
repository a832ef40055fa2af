import type { Finding } from './data/finding.js'
import type { Decision, EnforcementPoint } from './input.js'

/** What a rule does when it is broken. */
export type RuleAction = 'deny' | 'require_approval' | 'warn'

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
  /** Why, in a sentence for a person. */
  readonly reason: string
  /** What to do instead. */
  readonly suggest: string
  /** Where the rule is written; absent for built-in rules. */
  readonly source?: Source
  /** What a data rule found: kind, place and fingerprint, never the value. */
  readonly findings?: readonly Finding[]
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
}

const RANK: Readonly<Record<RuleAction, number>> = { deny: 0, require_approval: 1, warn: 2 }

/** Puts violations together: one that denies beats one that asks, and that beats none. */
export function concludes(broken: readonly Violation[]): Evaluation {
  const violations = broken
    .filter((violation) => violation.action !== 'warn')
    .sort((a, b) => RANK[a.action] - RANK[b.action])
  const warnings = broken.filter((violation) => violation.action === 'warn')
  const [first] = violations
  if (first === undefined) {
    const reason = warnings[0] === undefined ? 'no rule objects' : `no rule forbids it; warning: ${warnings[0].reason}`
    return { decision: 'ALLOW', allowed: true, requiresApproval: false, reason, violations, warnings }
  }
  const denied = first.action === 'deny'
  return {
    decision: denied ? 'DENY' : 'REQUIRE_APPROVAL',
    allowed: false,
    requiresApproval: !denied,
    reason: first.reason,
    rule: first.rule,
    suggest: first.suggest,
    violations,
    warnings,
  }
}
