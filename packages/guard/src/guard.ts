import type { ApprovalQueue } from '@loki/approvals'
import type { AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import type { Action, ActionResult } from './action.js'
import { ApprovalDesk } from './approval.js'
import { ActiveAgents } from './agents.js'
import { currentBranch } from './branch.js'
import { readControl } from './control.js'
import { withDeadline } from './deadline.js'
import { actionDigest } from './digest.js'
import { messageOf } from './errors.js'
import { CurrentPolicies } from './policies.js'
import { decisionRecord, resultRecord, target } from './record.js'
import { Reviewer } from './reviewer.js'
import type { OutputReview } from './review.js'
import { UnderWay } from './under-way.js'
import type { Verdict } from './verdict.js'

/** How long a decision and its audit record may take together before the answer is a refusal. */
const DECISION_MS = 8_000
/** How long an action of a paused session is held. Hosts are told to wait 600 s for a hook; this is below it. */
const PAUSE_HOLD_MS = 540_000
const PAUSE_POLL_MS = 150

export interface GuardOptions {
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** Where the variables of the policies come from; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Where decisions are recorded. With an enabled log, an action that cannot be recorded is refused. */
  readonly audit?: AuditLog
  /** Who is told of decisions. It can fail without anyone being stopped. */
  readonly events?: EventBus
  /** Where people are asked. Without a queue that is on, what needs approval is refused. */
  readonly approvals?: ApprovalQueue
  /** Milliseconds that an action is held for a person's answer; default 0: it is refused at once, and passes when tried again. */
  readonly approvalHoldMs?: number
  /** Turns the built-in rules on where neither a policy file nor a variable does. The apps pass `true`. */
  readonly enabled?: boolean
  /** Milliseconds for a decision and its record; default 8000. */
  readonly decisionMs?: number
  /** Milliseconds that an action of a paused session is held before it is refused; default 540000. */
  readonly pauseHoldMs?: number
  readonly now?: () => Date
  /** Sees every verdict after it is recorded. What it throws is counted, and stops nobody. */
  readonly onDecision?: (action: Action, verdict: Verdict) => void
}

export interface CheckOptions {
  /** Called every so often while the action is held, so that a waiting host knows that the guard is alive. */
  readonly onHold?: () => void
  /** Ends a hold early; the action is then refused. */
  readonly signal?: AbortSignal
}

/** The one way to a verdict. */
export interface Guard {
  readonly projectDir: string
  /** Decides on an action and records the decision. Never rejects: whatever goes wrong is a `DENY` that says what. */
  check(action: Action, options?: CheckOptions): Promise<Verdict>
  /**
   * Records what became of an action. Where the host did not measure how long it took, the time since the verdict counts.
   * One of a session in which this guard decides, and which it never let through, is recorded as `unmatched`: it is not
   * what was decided on. Rejects when an enabled log cannot take it.
   */
  finished(action: Action, result: ActionResult): Promise<void>
  /**
   * Says what the model may see of what an action brought back, by the rules of the `data` point: a secret that one of
   * them denies is replaced by its kind and fingerprint. Never rejects: what cannot be checked or recorded is withheld.
   * Nothing is recorded where nothing is found.
   */
  reviewOutput(action: Action, texts: readonly string[]): Promise<OutputReview>
  /**
   * Decides whether what a person typed, the `content` of an action of kind `model_call`, may go to the model, by the rules
   * of the `data` point. Never rejects. Nothing is recorded where nothing is found.
   */
  checkPrompt(prompt: Action): Promise<Verdict>
  /** Says which gates a session's work has passed; policies ask for them before a deployment. */
  gatesPassed(session: string, gates: readonly string[]): void
  /** Says that an agent, or without a name every agent of the session, is no longer at work. */
  agentEnded(session: string, agent?: string): void
  /** Why the policies in force are older than their files, where they are. */
  degraded(): string | undefined
  /** How often an observer (event bus, `onDecision`) failed since the guard was opened, and its last message. */
  observerErrors(): { readonly count: number; readonly last?: string }
}

/**
 * Opens the guard of one project. Policies are read when first needed and again whenever their files change.
 *
 * @example
 * const guard = openGuard({ projectDir: '/home/alice/shop', enabled: true })
 * const verdict = await guard.check(action)
 * if (verdict.decision !== 'ALLOW') refuse(verdict.reason)
 */
export function openGuard(options: GuardOptions): Guard {
  return new ProjectGuard(options)
}

class ProjectGuard implements Guard {
  readonly projectDir: string
  readonly #options: GuardOptions
  readonly #policies: CurrentPolicies
  readonly #agents: ActiveAgents
  readonly #underWay: UnderWay
  readonly #passedGates = new Map<string, readonly string[]>()
  readonly #reviewer: Reviewer
  readonly #desk: ApprovalDesk | undefined
  readonly #now: () => Date
  readonly #observers: { count: number; last?: string } = { count: 0 }

  constructor(options: GuardOptions) {
    const { projectDir, env = process.env, enabled = false } = options
    this.projectDir = projectDir
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#policies = new CurrentPolicies({ projectDir, env, enabled })
    this.#agents = new ActiveAgents(this.#now)
    this.#underWay = new UnderWay(this.#now)
    const { approvals, approvalHoldMs = 0 } = options
    if (approvals?.enabled === true) this.#desk = new ApprovalDesk({ queue: approvals, holdMs: approvalHoldMs })
    this.#reviewer = new Reviewer({
      policies: () => this.#policies.current().policies,
      record: (input) =>
        withDeadline(
          Promise.resolve(options.audit?.record(input)),
          options.decisionMs ?? DECISION_MS,
          'Recording what was found',
        ),
      tell: (action, payload) => {
        this.#tell(action, payload)
      },
    })
  }

  async check(asked: Action, options: CheckOptions = {}): Promise<Verdict> {
    const digest = actionDigest(asked)
    const branch = asked.branch ?? currentBranch(asked.cwd)
    const action = branch === undefined ? asked : { ...asked, branch }
    const verdict = await this.#verdict(action, digest, options)
    this.#tell(action, {
      action: 'action.decided',
      decision: verdict.decision,
      reason: verdict.reason,
      ...(verdict.rule === undefined ? {} : { rule: verdict.rule }),
      ...(verdict.seq === undefined ? {} : { seq: verdict.seq }),
    })
    await this.#observe(() => this.#options.onDecision?.(action, verdict))
    if (verdict.decision === 'ALLOW') this.#underWay.started(action.session, digest)
    return verdict
  }

  async finished(action: Action, result: ActionResult): Promise<void> {
    const digest = actionDigest(action)
    const { durationMs, unmatched } = this.#underWay.ended(action.session, digest)
    const measured = durationMs === undefined ? result : { durationMs, ...result }
    await this.#options.audit?.record(resultRecord(action, measured, { digest, unmatched }))
    this.#tell(action, { action: 'action.finished', ok: result.ok, ...(unmatched ? { unmatched } : {}) })
  }

  reviewOutput(action: Action, texts: readonly string[]): Promise<OutputReview> {
    return this.#reviewer.output(action, texts)
  }

  checkPrompt(prompt: Action): Promise<Verdict> {
    return this.#reviewer.prompt(prompt)
  }

  gatesPassed(session: string, gates: readonly string[]): void {
    this.#passedGates.set(session, gates)
  }

  agentEnded(session: string, agent?: string): void {
    this.#agents.ended(session, agent)
  }

  degraded(): string | undefined {
    return this.#policies.degraded
  }

  observerErrors(): { readonly count: number; readonly last?: string } {
    return { ...this.#observers }
  }

  async #verdict(action: Action, digest: string, options: CheckOptions): Promise<Verdict> {
    const limit = this.#options.decisionMs ?? DECISION_MS
    try {
      const decided = (await this.#control(action, digest, options)) ?? this.#decide(action, digest)
      const asks = decided.decision === 'REQUIRE_APPROVAL'
      const verdict = asks ? ((await this.#desk?.settle(action, decided, options)) ?? decided) : decided
      return await withDeadline(this.#record(action, verdict), limit, 'Recording the decision')
    } catch (thrown) {
      const reason = `the guard could not decide: ${messageOf(thrown)}`
      const verdict = denial(digest, 'guard_error', reason, 'mend what the message names, then try again')
      // Where the log is what failed, this fails too, and the answer is a refusal all the same.
      return withDeadline(this.#record(action, verdict), limit / 4, 'Recording the decision').catch(() => verdict)
    }
  }

  /** Holds the action while its session is paused. A refusal where it was stopped, or paused for too long. */
  async #control(action: Action, digest: string, options: CheckOptions): Promise<Verdict | undefined> {
    const { session } = action
    const until = this.#now().getTime() + (this.#options.pauseHoldMs ?? PAUSE_HOLD_MS)
    for (;;) {
      const request = readControl(this.projectDir, session)
      if (request === 'run') return undefined
      if (request === 'stop') {
        return denial(
          digest,
          'session_stopped',
          `a person stopped session ${session}`,
          'end your work; no action will be let through',
        )
      }
      if (options.signal?.aborted === true || this.#now().getTime() >= until) {
        return denial(digest, 'session_paused', `a person paused session ${session}`, 'try again after loki resume')
      }
      options.onHold?.()
      await new Promise((done) => setTimeout(done, PAUSE_POLL_MS))
    }
  }

  #decide(action: Action, digest: string): Verdict {
    const activeAgents = this.#agents.count(action)
    const { policies, degraded } = this.#policies.current()
    const evaluation = policies.decide({
      ...action,
      activeAgents,
      ...(action.kind === 'deploy' ? { passedGates: this.#passedGates.get(action.session) ?? [] } : {}),
    })
    const { decision, reason, rule, suggest, violations, shadow, lifted } = evaluation
    return {
      decision,
      reason,
      violations,
      digest,
      ...(shadow.length === 0 ? {} : { shadow }),
      ...(lifted.length === 0 ? {} : { lifted }),
      ...(degraded === undefined ? {} : { degraded }),
      ...(rule === undefined ? {} : { rule }),
      ...(suggest === undefined ? {} : { suggest }),
    }
  }

  async #record(action: Action, verdict: Verdict): Promise<Verdict> {
    const entry = await this.#options.audit?.record(decisionRecord(action, verdict))
    return entry === undefined ? verdict : { ...verdict, seq: entry.seq }
  }

  #tell(action: Action, payload: Record<string, unknown>): void {
    const { session, agent, host, tool, kind } = action
    void this.#observe(() =>
      this.#options.events?.emit({
        type: 'command',
        source: host === 'cli' || host === 'mcp' ? host : 'hook',
        payload: { ...payload, session, agent, host, tool, kind, target: target(action) },
      }),
    )
  }

  async #observe(work: () => unknown): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      this.#observers.count += 1
      this.#observers.last = messageOf(thrown)
    }
  }
}

function denial(digest: string, rule: string, reason: string, suggest: string): Verdict {
  return { decision: 'DENY', reason, rule, suggest, violations: [], digest }
}
