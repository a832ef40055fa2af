import type { Budget } from './budgets/budget.js'
import type { CallContext, CostSource } from './ledger/entry.js'
import type { CallState } from './ledger/state.js'
import type { BudgetStatus } from './ledger/tally.js'
import type { MicroDollars } from './money.js'
import type { Usage } from './usage.js'

/** How to open the ledger of a user. */
export interface CostsOptions {
  /** Folder of the ledger. Default `costs` in `LOKI_HOME` or `~/.loki`: all sessions of a user share it. */
  readonly dir?: string | undefined
  /** True turns it on, false off. Default: on where a `COST_*` limit is set. */
  readonly enabled?: boolean | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Budgets beside those of the variables. */
  readonly budgets?: readonly Budget[] | undefined
  /** What becomes of a call under a budget of money whose price nobody knows. Default `require_approval`. */
  readonly onUnknownPrice?: 'require_approval' | 'deny' | 'allow' | undefined
  readonly now?: (() => Date) | undefined
}

/** What a call will take at most, as far as that is known. */
export interface Estimate {
  /** Absent where its price is not known. */
  readonly micros?: MicroDollars | undefined
  readonly tokens?: number | undefined
}

/** What a call has taken. */
export interface Spending {
  readonly usage: Usage
  /** By the host's own word; without it the price lists say. */
  readonly micros?: MicroDollars | undefined
  /** The same tokens by model; each is priced for itself. */
  readonly usageByModel?: Readonly<Record<string, Usage>> | undefined
}

/** A share of a budget that was reached; each is told once, by one process. */
export interface BudgetAlert {
  readonly percent: number
  readonly status: BudgetStatus
}

/** Whether a call may be made. */
export type Grant =
  | {
      readonly granted: true
      /** What to settle or release; absent where the ledger is off. */
      readonly id?: string
      readonly alerts: readonly BudgetAlert[]
    }
  | {
      readonly granted: false
      readonly why: 'budget' | 'unknown_price'
      /** A sentence with what is used, what is left, and what to do. */
      readonly reason: string
      /** The budget that it would pass. */
      readonly status?: BudgetStatus
    }

/** What a call came to. */
export interface CallCost {
  /** Null where nobody knows. */
  readonly micros: MicroDollars | null
  readonly source: CostSource | null
  readonly alerts: readonly BudgetAlert[]
}

/** Which calls to look at; all given conditions must hold. */
export interface CallFilter {
  /** From this moment on, itself included. */
  readonly since?: Date | undefined
  /** Up to this moment, itself not included. */
  readonly until?: Date | undefined
  readonly project?: string | undefined
  readonly session?: string | undefined
}

/** What every model call of a user cost, shared by all processes. */
export interface CostLedger {
  readonly enabled: boolean
  readonly dir: string | undefined
  /**
   * Sets money and tokens aside before a call. Of any number of processes that ask at once only as many are granted as the
   * budgets bear. Rejects with `LEDGER_FAILED` where that cannot be written: then the call must not be made.
   */
  reserve(call: CallContext, estimate: Estimate): Promise<Grant>
  /** Says what a reserved call has taken. Rejects with `UNKNOWN_RESERVATION` for one settled or released before. */
  settle(id: string, spending: Spending): Promise<CallCost>
  /** Gives back what was reserved for a call that was not made. */
  release(id: string): Promise<void>
  /** Enters a call that nobody reserved for. With an `id` of its own it is entered once, however often it is reported. */
  record(call: CallContext, spending: Spending, id?: string): Promise<CallCost>
  /** Lets a budget go further in one period. */
  raise(budget: string, period: string, more: Estimate & { readonly by: string }): Promise<void>
  /** Every budget in the periods that hold now, and those of tasks and sessions that have used any of it. */
  budgets(): Promise<readonly BudgetStatus[]>
  calls(filter?: CallFilter): Promise<readonly CallState[]>
}
