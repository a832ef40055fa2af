import type { Budget } from '../budgets/budget.js'
import { periodOf } from '../budgets/budget.js'
import type { MicroDollars } from '../money.js'
import type { Call } from './entry.js'

/** What is used of a budget in one period: spent and reserved together. */
export interface Used {
  micros: MicroDollars
  tokens: number
  raisedMicros: MicroDollars
  raisedTokens: number
  /** Calls whose cost nobody knows: then `micros` is only what is known. */
  unpriced: number
}

/** How far a budget is used. */
export interface BudgetStatus {
  readonly budget: Budget
  readonly period: string
  readonly used: Readonly<Used>
  /** The limits with what they were raised by; absent where there is none. */
  readonly limitMicros?: MicroDollars
  readonly limitTokens?: number
  /** Of the limit that is nearer, in percent, rounded down. */
  readonly percent: number
}

/** Counts one budget, period by period. */
export class Tally {
  readonly budget: Budget
  readonly #periods = new Map<string, Used>()

  constructor(budget: Budget) {
    this.budget = budget
  }

  /** Adds to what a call's period has used; negative amounts take back. */
  add(
    call: Call,
    change: { readonly micros: MicroDollars; readonly tokens: number; readonly unpriced?: number },
  ): void {
    const period = periodOf(this.budget, call)
    if (period === undefined) return
    const used = this.#used(period)
    used.micros += change.micros
    used.tokens += change.tokens
    used.unpriced += change.unpriced ?? 0
  }

  raise(period: string, { micros, tokens }: { readonly micros: MicroDollars; readonly tokens: number }): void {
    const used = this.#used(period)
    used.raisedMicros += micros
    used.raisedTokens += tokens
  }

  status(period: string): BudgetStatus {
    const { budget } = this
    const used = this.#periods.get(period) ?? { micros: 0, tokens: 0, raisedMicros: 0, raisedTokens: 0, unpriced: 0 }
    const limitMicros = budget.micros === undefined ? undefined : budget.micros + used.raisedMicros
    const limitTokens = budget.tokens === undefined ? undefined : budget.tokens + used.raisedTokens
    const percent = Math.max(percentOf(used.micros, limitMicros), percentOf(used.tokens, limitTokens))
    return {
      budget,
      period,
      used: { ...used },
      percent,
      ...(limitMicros === undefined ? {} : { limitMicros }),
      ...(limitTokens === undefined ? {} : { limitTokens }),
    }
  }

  /** The status of the call's period, where the call concerns this budget. */
  statusFor(call: Call): BudgetStatus | undefined {
    const period = periodOf(this.budget, call)
    return period === undefined ? undefined : this.status(period)
  }

  get periods(): readonly string[] {
    return [...this.#periods.keys()]
  }

  #used(period: string): Used {
    const known = this.#periods.get(period) ?? { micros: 0, tokens: 0, raisedMicros: 0, raisedTokens: 0, unpriced: 0 }
    this.#periods.set(period, known)
    return known
  }
}

/** Whether more is used than may be. */
export function isOver({ used, limitMicros, limitTokens }: BudgetStatus): boolean {
  return (
    (limitMicros !== undefined && used.micros > limitMicros) || (limitTokens !== undefined && used.tokens > limitTokens)
  )
}

function percentOf(used: number, limit: number | undefined): number {
  if (limit === undefined) return 0
  return limit === 0 ? (used > 0 ? 100 : 0) : Math.floor((used / limit) * 100)
}
