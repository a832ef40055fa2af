import type { MicroDollars } from '../money.js'
import type { Call } from '../ledger/entry.js'

/** Over what a budget counts. */
export type BudgetScope = 'task' | 'session' | 'day' | 'month'

/** A limit on what may be spent. At least one of `micros` and `tokens` is there. */
export interface Budget {
  /** Names it wherever it is spoken of: `COST_MAX_PER_DAY`. */
  readonly name: string
  readonly scope: BudgetScope
  readonly micros?: MicroDollars | undefined
  readonly tokens?: number | undefined
  /** Only calls of this provider, project or team; all where it is absent. */
  readonly provider?: string | undefined
  readonly project?: string | undefined
  readonly team?: string | undefined
  /** Percents of the limit at which somebody is told, once each. */
  readonly alerts: readonly number[]
}

/** What a budget counts a call under: the day, the month, the task. Undefined where the call does not concern it. */
export function periodOf(budget: Budget, call: Call): string | undefined {
  const { provider, project, team } = budget
  if (provider !== undefined && provider !== call.provider) return undefined
  if (project !== undefined && project !== call.project) return undefined
  if (team !== undefined && team !== call.team) return undefined
  switch (budget.scope) {
    case 'day':
      return call.at.slice(0, 10)
    case 'month':
      return call.at.slice(0, 7)
    case 'session':
      return call.session
    case 'task':
      return call.task === undefined ? undefined : `${call.session}/${call.task}`
  }
}
