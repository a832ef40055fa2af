import type { AuditEntry, AuditInput } from '@loki/audit'
import type { Policies } from '@loki/policies'
import type { Action } from './action.js'
import { actionDigest } from './digest.js'
import { messageOf } from './errors.js'
import { dataInput, foundIn, joined, kindsOf, reviewOf, reviewRecord } from './review.js'
import type { FoundData, OutputReview } from './review.js'
import type { Verdict } from './verdict.js'

/** What a reviewer takes from its guard. */
export interface ReviewerOptions {
  /** The policies in force now; may throw. */
  readonly policies: () => Policies
  /** Resolves when the record is kept; rejects where it cannot be. */
  readonly record: (input: AuditInput) => Promise<AuditEntry | undefined>
  readonly tell: (action: Action, payload: Record<string, unknown>) => void
}

/** Looks at what goes to the model: outputs of tools and prompts of people. What cannot be checked does not go. */
export class Reviewer {
  readonly #options: ReviewerOptions

  constructor(options: ReviewerOptions) {
    this.#options = options
  }

  async output(action: Action, texts: readonly string[]): Promise<OutputReview> {
    const text = joined(texts)
    if (text.trim() === '') return { kind: 'clean' }
    try {
      const review = reviewOf(texts, this.#options.policies().evaluate('data', dataInput(action, text)))
      if (review.kind === 'clean') return review
      const what = review.kind === 'redacted' ? 'output.redacted' : 'output.withheld'
      const reason = review.kind === 'redacted' ? `the output holds ${kindsOf(review.found)}` : review.reason
      await this.#keep(what, action, { reason, found: review.found, text })
      return review
    } catch (thrown) {
      return { kind: 'withheld', reason: `it could not be checked: ${messageOf(thrown)}`, found: [] }
    }
  }

  async prompt(action: Action): Promise<Verdict> {
    const digest = actionDigest(action)
    const text = action.content ?? ''
    try {
      const evaluation = this.#options.policies().evaluate('data', dataInput(action, text))
      const { decision, reason, rule, suggest, violations } = evaluation
      const verdict: Verdict = {
        decision,
        reason,
        violations,
        digest,
        ...(rule === undefined ? {} : { rule }),
        ...(suggest === undefined ? {} : { suggest }),
      }
      if (decision === 'ALLOW') return verdict
      const entry = await this.#keep('prompt.refused', action, { reason, found: foundIn(violations), text })
      return entry === undefined ? verdict : { ...verdict, seq: entry.seq }
    } catch (thrown) {
      const reason = `the prompt could not be checked: ${messageOf(thrown)}`
      return { decision: 'DENY', reason, rule: 'guard_error', violations: [], digest }
    }
  }

  async #keep(
    what: 'output.redacted' | 'output.withheld' | 'prompt.refused',
    action: Action,
    { reason, found, text }: { readonly reason: string; readonly found: readonly FoundData[]; readonly text: string },
  ): Promise<AuditEntry | undefined> {
    const bytes = Buffer.byteLength(text)
    const entry = await this.#options.record(reviewRecord(what, action, { reason, found, bytes }))
    this.#options.tell(action, { action: what, reason, kinds: [...new Set(found.map(({ kind }) => kind))] })
    return entry
  }
}
