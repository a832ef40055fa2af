import type { Budget } from '../budgets/budget.js'
import type { MicroDollars } from '../money.js'
import { tokensOf } from '../usage.js'
import type { Usage } from '../usage.js'
import type { Call, CostSource, LedgerEntry } from './entry.js'
import { Tally } from './tally.js'

/** What became of one call. */
export interface CallState {
  readonly call: Call
  readonly reservedMicros: MicroDollars
  readonly reservedTokens: number
  /** Absent while it is only reserved. */
  readonly settled?: {
    readonly at: string
    readonly micros: MicroDollars | null
    readonly source: CostSource | null
    readonly usage: Usage
    readonly model?: string | undefined
  }
}

/** All that the lines of a ledger come to. */
export class LedgerState {
  readonly tallies: readonly Tally[]
  readonly #calls = new Map<string, CallState>()
  /** Lines about calls that there are not, or a second time: counted, and without effect. */
  ignored = 0
  readonly #alerts = new Map<string, string>()

  constructor(budgets: readonly Budget[]) {
    this.tallies = budgets.map((budget) => new Tally(budget))
  }

  get calls(): Iterable<CallState> {
    return this.#calls.values()
  }

  call(id: string): CallState | undefined {
    return this.#calls.get(id)
  }

  /** Which line told of an alert first. */
  teller(key: string): string | undefined {
    return this.#alerts.get(key)
  }

  take(entry: LedgerEntry): void {
    switch (entry.kind) {
      case 'reserve':
        this.#reserve(entry)
        return
      case 'settle':
        this.#settle(entry)
        return
      case 'void':
        this.#void(entry.id)
        return
      case 'raise':
        for (const tally of this.tallies) if (tally.budget.name === entry.budget) tally.raise(entry.period, entry)
        return
      case 'alert': {
        const key = alertKey(entry)
        if (!this.#alerts.has(key)) this.#alerts.set(key, entry.id)
      }
    }
  }

  #reserve(entry: Extract<LedgerEntry, { kind: 'reserve' }>): void {
    if (this.#calls.has(entry.id)) {
      this.ignored += 1
      return
    }
    const { id, at, project, session, task, phase, agent, team, provider, model, micros, tokens } = entry
    const call: Call = { id, at, project, session, task, phase, agent, team, provider, model }
    this.#calls.set(call.id, { call, reservedMicros: micros, reservedTokens: tokens })
    for (const tally of this.tallies) tally.add(call, { micros, tokens })
  }

  #settle({ id, at, micros, source, usage, model }: Extract<LedgerEntry, { kind: 'settle' }>): void {
    const known = this.#calls.get(id)
    if (known === undefined || known.settled !== undefined) {
      this.ignored += 1
      return
    }
    this.#calls.set(id, { ...known, settled: { at, micros, source, usage, model } })
    // Where nobody knows what it cost, what was reserved for it goes on counting.
    const change = {
      micros: (micros ?? known.reservedMicros) - known.reservedMicros,
      tokens: (tokensOf(usage) ?? known.reservedTokens) - known.reservedTokens,
      unpriced: micros === null ? 1 : 0,
    }
    for (const tally of this.tallies) tally.add(known.call, change)
  }

  #void(id: string): void {
    const known = this.#calls.get(id)
    if (known === undefined || known.settled !== undefined) {
      this.ignored += 1
      return
    }
    this.#calls.delete(id)
    const change = { micros: -known.reservedMicros, tokens: -known.reservedTokens }
    for (const tally of this.tallies) tally.add(known.call, change)
  }
}

export function alertKey({ budget, period, percent }: { budget: string; period: string; percent: number }): string {
  return JSON.stringify([budget, period, percent])
}
