import { randomUUID } from 'node:crypto'
import type { Budget } from '../budgets/budget.js'
import { CostError } from '../error.js'
import { formatDollars } from '../money.js'
import type { MicroDollars } from '../money.js'
import type { ModelPrice } from '../prices/overrides.js'
import { priceOf } from '../prices/price.js'
import type { BudgetAlert, CallCost, CallFilter, CostLedger, Estimate, Grant, Spending } from '../types.js'
import { checkUsage } from '../usage.js'
import type { Usage } from '../usage.js'
import type { Call, CallContext, CostSource, LedgerEntry } from './entry.js'
import { LedgerFiles } from './file.js'
import { alertKey, LedgerState } from './state.js'
import type { CallState } from './state.js'
import { isOver } from './tally.js'
import type { BudgetStatus } from './tally.js'

interface LedgerParts {
  readonly dir: string
  readonly budgets: readonly Budget[]
  readonly overrides: readonly ModelPrice[]
  readonly onUnknownPrice: 'require_approval' | 'deny' | 'allow'
  readonly now: () => Date
}

/**
 * A ledger that many processes share without a lock. Each appends what it wants, and then reads what stands before that: a
 * reservation holds when, with all that came before it, no budget is passed. So of two that reach for the last dollar the
 * first line has it, and a process that is killed anywhere leaves at most a reservation that goes on counting.
 */
export class SharedLedger implements CostLedger {
  readonly enabled = true
  readonly dir: string
  readonly #parts: LedgerParts
  readonly #files: LedgerFiles
  readonly #state: LedgerState
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: LedgerParts) {
    this.dir = parts.dir
    this.#parts = parts
    this.#files = new LedgerFiles(parts.dir)
    this.#state = new LedgerState(parts.budgets)
  }

  reserve(context: CallContext, estimate: Estimate): Promise<Grant> {
    return this.#alone(async () => {
      const call: Call = { ...context, id: randomUUID(), at: this.#at() }
      const { micros, tokens } = amounts(estimate)
      await this.#read()
      const unknown = estimate.micros === undefined ? this.#unknownPrice(call) : undefined
      if (unknown !== undefined) return unknown
      const before = this.#passed(call, { micros, tokens })
      if (before !== undefined) return refused(before)
      await this.#append(call.at, { kind: 'reserve', micros, tokens, ...call })
      let passed: BudgetStatus | undefined
      await this.#read((entry) => {
        if (entry.kind === 'reserve' && entry.id === call.id) passed = this.#passed(call, { micros: 0, tokens: 0 })
      })
      if (passed === undefined) return { granted: true, id: call.id, alerts: await this.#alerts(call) }
      await this.#append(call.at, { kind: 'void', id: call.id, at: this.#at() })
      return refused(passed)
    })
  }

  settle(id: string, spending: Spending): Promise<CallCost> {
    return this.#alone(async () => {
      await this.#read()
      const known = this.#state.call(id)
      if (known === undefined || known.settled !== undefined) throw unknownReservation(id)
      return this.#settle(known.call, spending)
    })
  }

  release(id: string): Promise<void> {
    return this.#alone(async () => {
      await this.#read()
      const known = this.#state.call(id)
      if (known === undefined || known.settled !== undefined) throw unknownReservation(id)
      await this.#append(known.call.at, { kind: 'void', id, at: this.#at() })
      await this.#read()
    })
  }

  record(context: CallContext, spending: Spending, id: string = randomUUID()): Promise<CallCost> {
    return this.#alone(async () => {
      await this.#read()
      const known = this.#state.call(id)
      if (known?.settled !== undefined)
        return { micros: known.settled.micros, source: known.settled.source, alerts: [] }
      const call: Call = known?.call ?? { ...context, id, at: this.#at() }
      if (known === undefined) await this.#append(call.at, { kind: 'reserve', micros: 0, tokens: 0, ...call })
      return this.#settle(call, spending)
    })
  }

  raise(budget: string, period: string, more: Estimate & { readonly by: string }): Promise<void> {
    return this.#alone(async () => {
      if (!this.#parts.budgets.some(({ name }) => name === budget)) {
        const names = this.#parts.budgets.map(({ name }) => name).join(', ')
        throw new CostError('INVALID_INPUT', `expected the name of a budget (${names}), got ${JSON.stringify(budget)}`)
      }
      const { micros, tokens } = amounts(more)
      const at = this.#at()
      await this.#append(at, { kind: 'raise', id: randomUUID(), at, budget, period, micros, tokens, by: more.by })
    })
  }

  budgets(): Promise<readonly BudgetStatus[]> {
    return this.#alone(async () => {
      await this.#read()
      const at = this.#at()
      return this.#state.tallies.flatMap((tally) => {
        const { scope } = tally.budget
        if (scope === 'day') return [tally.status(at.slice(0, 10))]
        if (scope === 'month') return [tally.status(at.slice(0, 7))]
        return tally.periods.map((period) => tally.status(period))
      })
    })
  }

  calls({ since, until, project, session }: CallFilter = {}): Promise<readonly CallState[]> {
    return this.#alone(async () => {
      await this.#read()
      const [from, to] = [since?.toISOString(), until?.toISOString()]
      return [...this.#state.calls].filter(
        ({ call }) =>
          (from === undefined || call.at >= from) &&
          (to === undefined || call.at < to) &&
          (project === undefined || call.project === project) &&
          (session === undefined || call.session === session),
      )
    })
  }

  async #settle(call: Call, spending: Spending): Promise<CallCost> {
    const usage = checkUsage(spending.usage)
    const byModel = Object.entries(spending.usageByModel ?? {}).map(
      ([model, part]) => [model, checkUsage(part)] as const,
    )
    const parts = byModel.length > 0 ? byModel : call.model === undefined ? [] : [[call.model, usage] as const]
    const { micros, source } = await this.#cost(spending.micros, parts, call.provider)
    const model = byModel.length === 0 ? {} : { model: byModel.map(([name]) => name).join(' ') }
    await this.#append(call.at, { kind: 'settle', id: call.id, at: this.#at(), micros, source, usage, ...model })
    await this.#read()
    return { micros, source, alerts: await this.#alerts(call) }
  }

  /** By the host's word, else by the prices of every model that took part; one that has none leaves the whole unknown. */
  async #cost(
    said: MicroDollars | undefined,
    parts: readonly (readonly [model: string, usage: Usage])[],
    provider: string,
  ): Promise<{ readonly micros: MicroDollars | null; readonly source: CostSource | null }> {
    if (said !== undefined) return { micros: amounts({ micros: said }).micros, source: 'host' }
    const { overrides } = this.#parts
    const prices = await Promise.all(parts.map(([model, usage]) => priceOf(usage, { provider, model, overrides })))
    const known = prices.filter((price) => price !== undefined)
    const [first] = known
    if (first === undefined || known.length < prices.length) return { micros: null, source: null }
    return { micros: known.reduce((sum, { micros }) => sum + micros, 0), source: first.source }
  }

  #unknownPrice(call: Call): Grant | undefined {
    const { onUnknownPrice } = this.#parts
    if (onUnknownPrice === 'allow') return undefined
    const status = this.#statuses(call).find(({ budget }) => budget.micros !== undefined)
    if (status === undefined) return undefined
    const reason = `the price of ${call.model ?? 'a model'} of ${call.provider} is not known, so ${status.budget.name} cannot be kept; give it a price in LOKI_COST_PRICES`
    return { granted: false, why: 'unknown_price', reason, status }
  }

  /** The first budget that would be passed with so much more. */
  #passed(call: Call, more: { readonly micros: number; readonly tokens: number }): BudgetStatus | undefined {
    return this.#statuses(call).find((status) => {
      const used = {
        ...status.used,
        micros: status.used.micros + more.micros,
        tokens: status.used.tokens + more.tokens,
      }
      return isOver({ ...status, used })
    })
  }

  #statuses(call: Call): readonly BudgetStatus[] {
    return this.#state.tallies.flatMap((tally) => tally.statusFor(call) ?? [])
  }

  /** The alerts that this process is the first to tell. */
  async #alerts(call: Call): Promise<readonly BudgetAlert[]> {
    const told: BudgetAlert[] = []
    for (const status of this.#statuses(call)) {
      const { budget, period } = status
      for (const percent of budget.alerts.filter((one) => status.percent >= one)) {
        const about = { budget: budget.name, period, percent }
        if (this.#state.teller(alertKey(about)) !== undefined) continue
        const id = randomUUID()
        await this.#append(call.at, { kind: 'alert', id, at: this.#at(), ...about })
        await this.#read()
        if (this.#state.teller(alertKey(about)) === id) told.push({ percent, status })
      }
    }
    return told
  }

  async #read(see?: (entry: LedgerEntry) => void): Promise<void> {
    await this.#files.refresh((entry) => {
      this.#state.take(entry)
      see?.(entry)
    })
  }

  /** Everything about a call stands in the file of the month that it was entered in. */
  #append(at: string, entry: LedgerEntry): Promise<void> {
    return this.#files.append(at.slice(0, 7), entry)
  }

  #at(): string {
    return this.#parts.now().toISOString()
  }

  /** One at a time in this process; others are kept apart by the order of lines. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }
}

function amounts({ micros = 0, tokens = 0 }: Estimate): { readonly micros: number; readonly tokens: number } {
  for (const amount of [micros, tokens]) {
    if (!Number.isSafeInteger(amount) || amount < 0) {
      throw new CostError('INVALID_INPUT', `expected whole micro-dollars and tokens, got ${String(amount)}`)
    }
  }
  return { micros, tokens }
}

function refused(status: BudgetStatus): Grant {
  const { budget, period, used, limitMicros, limitTokens } = status
  const money = limitMicros === undefined ? [] : [`$${formatDollars(used.micros)} of $${formatDollars(limitMicros)}`]
  const tokens = limitTokens === undefined ? [] : [`${used.tokens} of ${limitTokens} tokens`]
  const reason = `${budget.name} is used up for ${period}: ${[...money, ...tokens].join(' and ')} spent or reserved; wait for the next ${budget.scope}, or have it raised`
  return { granted: false, why: 'budget', reason, status }
}

function unknownReservation(id: string): CostError {
  return new CostError('UNKNOWN_RESERVATION', `expected a reservation that is still open, got ${JSON.stringify(id)}`)
}
