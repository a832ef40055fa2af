import { setTimeout as sleep } from 'node:timers/promises'
import { microsOf } from '@loki/costs'
import type { BudgetAlert, CostLedger, Grant, MicroDollars } from '@loki/costs'
import type { Phase, Provider, ProviderOutcome } from '../providers/provider.js'
import type { Session } from '../sessions/session.js'

/** What is set aside for a turn before any turn of the session has said what one costs: half a dollar. */
const FIRST_TURN: MicroDollars = 500_000

/** How often a session that stands still looks whether it may go on, in milliseconds. */
const POLL_MS = 1_000
/** Who pauses and resumes it, on the record. */
const BY = 'budget'

interface Turn {
  readonly task: string
  readonly phase: Phase
}

/**
 * The money of one session. Before a turn of the agent an amount is set aside, that of the dearest turn so far; after it the
 * turn is settled by what the agent CLI reported. Where a budget does not bear another turn the session pauses until it was
 * raised, or a new day or month begins.
 */
export class Funds {
  readonly #ledger: CostLedger
  readonly #session: Session
  readonly #provider: Provider
  #dearest: MicroDollars | undefined = FIRST_TURN

  constructor(parts: { readonly ledger: CostLedger; readonly session: Session; readonly provider: Provider }) {
    this.#ledger = parts.ledger
    this.#session = parts.session
    this.#provider = parts.provider
  }

  /** The reservation for a turn, none where nothing is counted; `stopped` where the session was stopped while it waited. */
  async reserve(turn: Turn): Promise<{ readonly id?: string } | 'stopped'> {
    if (this.#provider.name === 'replay') return {} // a recorded agent calls no model
    for (;;) {
      const grant = await this.#ledger.reserve(this.#call(turn), { micros: this.#dearest })
      if (grant.granted) {
        await this.#goOn()
        await this.#tell(grant.alerts)
        return grant.id === undefined ? {} : { id: grant.id }
      }
      await this.#standStill(grant)
      await sleep(POLL_MS, undefined, { signal: this.#session.stopSignal }).catch(() => undefined)
      if (!(await this.#session.runnable())) return 'stopped'
    }
  }

  /** Says what a turn has taken, as far as it was measured. */
  async settle(id: string | undefined, { usage, usageByModel, costUsd }: ProviderOutcome): Promise<void> {
    if (id === undefined) return
    const { micros, alerts } = await this.#ledger.settle(id, {
      usage: usage ?? {},
      ...(usageByModel === undefined ? {} : { usageByModel }),
      ...(costUsd === undefined ? {} : { micros: microsOf(costUsd) }),
    })
    // After a turn whose cost nobody knows, nobody knows what the next one will cost.
    this.#dearest = micros === null ? undefined : Math.max(micros, this.#dearest ?? 0)
    await this.#tell(alerts)
  }

  #call({ task, phase }: Turn): Parameters<CostLedger['reserve']>[0] {
    const { id, projectDir } = this.#session
    return { project: projectDir, session: id, task, phase, agent: 'main', provider: this.#provider.name }
  }

  /** Said once for each time that the session has to wait. */
  async #standStill({ why, reason, status }: Extract<Grant, { granted: false }>): Promise<void> {
    const { chronicle, id, waitsFor } = this.#session
    if (waitsFor !== undefined) return
    this.#session.waitsFor = why
    const about = status === undefined ? {} : { budget: status.budget.name, period: status.period }
    chronicle.show({ kind: 'budget', session: id, change: 'exceeded', reason, ...about })
    await chronicle.record('budget.exceeded', { why, ...about }, reason)
    await this.#session.hold(reason, BY)
  }

  async #goOn(): Promise<void> {
    if (this.#session.waitsFor === undefined) return
    this.#session.waitsFor = undefined
    await this.#session.proceed(BY)
  }

  async #tell(alerts: readonly BudgetAlert[]): Promise<void> {
    const { chronicle, id } = this.#session
    for (const { percent, status } of alerts) {
      const about = { budget: status.budget.name, period: status.period }
      const reason = `${percent} % of ${status.budget.name} are used for ${status.period}`
      chronicle.show({ kind: 'budget', session: id, change: 'alert', reason, percent, ...about })
      await chronicle.record('budget.alert', { ...about, percent }, reason)
    }
  }
}
