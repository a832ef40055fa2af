import { CostError } from '../error.js'
import { parseDollars } from '../money.js'
import type { Budget, BudgetScope } from './budget.js'

const LIMITS: readonly (readonly [variable: string, scope: BudgetScope])[] = [
  ['COST_MAX_PER_TASK', 'task'],
  ['COST_MAX_PER_DAY', 'day'],
  ['COST_MAX_PER_MONTH', 'month'],
]

/**
 * The budgets of `COST_MAX_PER_TASK`, `_PER_DAY` and `_PER_MONTH` (US dollars), which warn at `COST_ALERT_THRESHOLD` (a share,
 * 0.8 by default). Throws `INVALID_SETTING` for what is no amount: a limit that is not understood must not be no limit.
 */
export function budgetsOf(env: NodeJS.ProcessEnv): readonly Budget[] {
  const alerts = [alertOf(env.COST_ALERT_THRESHOLD)]
  return LIMITS.flatMap(([name, scope]) => {
    const text = env[name]?.trim() ?? ''
    if (text === '') return []
    const micros = parseDollars(text)
    if (micros !== undefined) return [{ name, scope, micros, alerts }]
    throw new CostError(
      'INVALID_SETTING',
      `expected ${name} to be an amount of US dollars such as 12.50, got ${JSON.stringify(text)}`,
    )
  })
}

function alertOf(value: string | undefined): number {
  const text = value?.trim() ?? ''
  if (text === '') return 80
  const share = Number(text)
  if (/^\d*\.?\d+$/.test(text) && share > 0 && share <= 1) return Math.round(share * 100)
  throw new CostError(
    'INVALID_SETTING',
    `expected COST_ALERT_THRESHOLD to be a share above 0 and up to 1, got ${JSON.stringify(text)}`,
  )
}
