import type { Approval, ApprovalQueue } from '@loki/approvals'
import type { Action } from './action.js'
import { principal, shownAction, target } from './record.js'
import type { Verdict } from './verdict.js'

/** How often an action that is held for an answer looks for it, in milliseconds. */
const POLL_MS = 500

export type ApprovalDeskOptions = {
  readonly queue: ApprovalQueue
  /** Milliseconds that an action is held for an answer; 0 refuses it at once, with what to do. */
  readonly holdMs: number
}

export type HoldOptions = { readonly onHold?: () => void; readonly signal?: AbortSignal }

/**
 * Puts what needs a person's approval to people, and lets it through once they have approved exactly that: the same digest in
 * the same session, on the same branch. Where nobody answers while it is held, the refusal names the approval, and the same
 * action passes once it is granted.
 */
export class ApprovalDesk {
  readonly #queue: ApprovalQueue
  readonly #holdMs: number

  constructor({ queue, holdMs }: ApprovalDeskOptions) {
    this.#queue = queue
    this.#holdMs = holdMs
  }

  /** The verdict with a person's word in it, as far as there is one. Rejects where the queue cannot be used. */
  async settle(action: Action, verdict: Verdict, hold: HoldOptions): Promise<Verdict> {
    const subject = action.branch === undefined ? verdict.digest : `${verdict.digest}@${action.branch}`
    const { session } = action
    const granted = await this.#queue.take(subject, session)
    if (granted !== undefined) return allowed(verdict, granted)
    const rejected = await this.#rejected(subject, session)
    if (rejected !== undefined) return refused(verdict, rejected)
    const asked = await this.#queue.ask({ subject, session, requestedBy: principal(action), ...about(action, verdict) })
    const answered = await this.#held(asked, hold)
    if (answered.status === 'rejected') return refused(verdict, answered)
    if (answered.status === 'approved') {
      const taken = await this.#queue.take(subject, session)
      if (taken !== undefined) return allowed(verdict, taken)
    }
    return waiting(verdict, answered)
  }

  /** The last word on this, where it was a no: asking until somebody gives in is no way to get a yes. */
  async #rejected(subject: string, session: string): Promise<Approval | undefined> {
    const [last] = (await this.#queue.list()).filter((one) => one.subject === subject && one.session === session)
    return last?.status === 'rejected' ? last : undefined
  }

  async #held(asked: Approval, { onHold, signal }: HoldOptions): Promise<Approval> {
    if (this.#holdMs === 0) return asked
    const until = performance.now() + this.#holdMs
    for (let approval = asked; ; approval = await this.#queue.get(asked.id)) {
      if (approval.status !== 'pending' || signal?.aborted === true || performance.now() >= until) return approval
      onHold?.()
      await new Promise((done) => setTimeout(done, POLL_MS))
    }
  }
}

function about(action: Action, { reason, rule, suggest, violations }: Verdict) {
  const severity = violations.find((violation) => violation.rule === rule)?.severity
  return {
    summary: target(action),
    details: shownAction(action),
    reason,
    ...(rule === undefined ? {} : { rule }),
    ...(suggest === undefined ? {} : { suggest }),
    ...(severity === undefined ? {} : { severity }),
  }
}

function allowed(verdict: Verdict, { id, decision }: Approval): Verdict {
  const by = decision?.by ?? 'a person'
  return { ...verdict, decision: 'ALLOW', reason: `approved by ${by} (${id})`, approval: { id, by } }
}

function refused(verdict: Verdict, { id, decision }: Approval): Verdict {
  const by = decision?.by ?? 'a person'
  const comment = decision?.comment === undefined ? '' : `: ${decision.comment}`
  return {
    ...verdict,
    decision: 'DENY',
    reason: `rejected by ${by}${comment}`,
    suggest: 'do not try this again; reach the goal another way, or ask what would be approved',
    approval: { id, by },
  }
}

function waiting(verdict: Verdict, { id }: Approval): Verdict {
  return {
    ...verdict,
    suggest: `a person can approve it with: loki approvals approve ${id} -- then do exactly the same again, or go on with something else`,
    approval: { id },
  }
}
