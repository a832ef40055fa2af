import type { Level, RuleAction, Severity, Source, Violation } from '../evaluation.js'
import type { EnforcementPoint } from '../input.js'
import type { Facts } from './facts.js'
import type { Comparison } from './match/condition.js'

/** What a rule says of an action that breaks it. */
export type Breach = Pick<Violation, 'reason' | 'suggest' | 'findings'> & {
  readonly action: RuleAction
  /** Why the rule could not be checked: the action lacks a field, or only the running shell knows a word. */
  readonly unchecked?: 'missing' | 'unknown'
}

/** One compiled rule. */
export interface Rule {
  readonly name: string
  readonly point: EnforcementPoint
  readonly source?: Source
  /** Who made it; default `built_in`. */
  readonly level?: Level
  /** Whose asking it counts as, where that is not its level: the pack asks for the level that settles it. */
  readonly askedBy?: Level
  readonly severity?: Severity
  /** What it does when it is broken, where that is one thing; `allow` takes back what others ask. */
  readonly action?: RuleAction | 'allow'
  /** In `shadow` it is asked and told, and stops nothing. */
  readonly mode?: 'enforce' | 'shadow'
  /** True where a lower level may replace it by name or take it back by an `allow`. */
  readonly overridable?: boolean
  /** Sets of sides (`ASPECT` bits) of each of which an action must have one for the rule to concern it. */
  readonly aspects?: readonly number[]
  /** What it is about, condition by condition, for remarks on a policy; undefined for other rules. */
  readonly conditions?: readonly string[]
  /** The matchers that it is made of, by key; undefined for other rules. */
  readonly match?: Readonly<Record<string, readonly string[]>>
  /** True where the policy says a reason and what to do instead. */
  readonly explained?: boolean
  /** The breaches of one action; empty when the rule has nothing against it. */
  check(facts: Facts): readonly Breach[]
  /** For `action: allow`: whether it covers the whole action. */
  excepts?(facts: Facts): boolean
  /** What it looked at, for an explanation. */
  compare?(facts: Facts): readonly Comparison[]
}

export const NO_BREACH: readonly Breach[] = []
