import type { Decision, LiftedViolation, Violation } from '@loki/policies'

/** The answer to an action: what becomes of it, and what the agent and the auditor are told. */
export type Verdict = {
  readonly decision: Decision
  /** One sentence, never empty. For a refusal it goes to the model word for word. */
  readonly reason: string
  /** The rule that decided. */
  readonly rule?: string
  /** What to do instead. */
  readonly suggest?: string
  readonly violations: readonly Violation[]
  /** Rules in shadow mode that object: what they would have done, where there are any. They stop nothing. */
  readonly shadow?: readonly Violation[]
  /** Objections that an exception of the policy takes back, where there are any. */
  readonly lifted?: readonly LiftedViolation[]
  /** {@link actionDigest} of the action: what exactly was decided on. */
  readonly digest: string
  /** The question that was put to people about it; `by`, once somebody answered. */
  readonly approval?: { readonly id: string; readonly by?: string }
  /** Why the policies that decided are older than their files: these cannot be used. */
  readonly degraded?: string
  /** Sequence number of the audit record of this decision, where auditing is on. */
  readonly seq?: number
}

/** The sentence that an agent is given: the reason, the rule, and what to do instead. */
export function refusalText(verdict: Verdict): string {
  const rule = verdict.rule === undefined ? '' : ` (rule: ${verdict.rule})`
  const suggest = verdict.suggest === undefined ? '' : ` Instead: ${verdict.suggest}`
  const head = verdict.decision === 'REQUIRE_APPROVAL' ? 'Needs a person’s approval' : 'Denied by policy'
  return `${head}: ${sentence(verdict.reason)}${rule}${suggest}`
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}
