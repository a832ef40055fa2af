import type { AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import type { Action, ActionResult } from './action.js'
import { ActiveAgents } from './agents.js'
import { currentBranch } from './branch.js'
import { readControl } from './control.js'
import { withDeadline } from './deadline.js'
import { actionDigest } from './digest.js'
import { messageOf } from './errors.js'
import { CurrentPolicies } from './policies.js'
import { decisionRecord, resultRecord, target } from './record.js'
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
  /** Says that an agent, or without a name every agent of the session, is no longer at work. */
  agentEnded(session: string, agent?: string): void
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
  }

  async check(action: Action, options: CheckOptions = {}): Promise<Verdict> {
    const digest = actionDigest(action)
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

  agentEnded(session: string, agent?: string): void {
    this.#agents.ended(session, agent)
  }

  observerErrors(): { readonly count: number; readonly last?: string } {
    return { ...this.#observers }
  }

  async #verdict(action: Action, digest: string, options: CheckOptions): Promise<Verdict> {
    const limit = this.#options.decisionMs ?? DECISION_MS
    try {
      const verdict = (await this.#control(action, digest, options)) ?? this.#decide(action, digest)
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
    const branch = action.branch ?? currentBranch(action.cwd)
    const activeAgents = this.#agents.count(action)
    const evaluation = this.#policies
      .current()
      .decide({ ...action, activeAgents, ...(branch === undefined ? {} : { branch }) })
    const { decision, reason, rule, suggest, violations } = evaluation
    return {
      decision,
      reason,
      violations,
      digest,
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
        source: host === 'cli' ? 'cli' : 'hook',
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
