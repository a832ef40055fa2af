import type { RuleAction, Source, Violation } from '../evaluation.js'
import type { EnforcementPoint } from '../input.js'
import type { Facts } from './facts.js'

/** What a rule says of an action that breaks it. */
export type Breach = Pick<Violation, 'reason' | 'suggest' | 'findings'> & { readonly action: RuleAction }

/** One compiled rule. */
export interface Rule {
  readonly name: string
  readonly point: EnforcementPoint
  readonly source?: Source
  /** The breaches of one action; empty when the rule has nothing against it. */
  check(facts: Facts): readonly Breach[]
}

export const NO_BREACH: readonly Breach[] = []
