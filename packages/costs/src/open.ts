import { homedir } from 'node:os'
import { join } from 'node:path'
import { budgetsOf } from './budgets/variables.js'
import { CostError } from './error.js'
import { SharedLedger } from './ledger/ledger.js'
import { readPrices } from './prices/overrides.js'
import type { CostLedger, CostsOptions } from './types.js'

/**
 * Opens the ledger of a user, or the one that counts nothing. Touches no file before the first call, but the price list of
 * `LOKI_COST_PRICES`. Throws a CostError `INVALID_SETTING` for a limit or a price list that is not understood.
 */
export function openCosts(options: CostsOptions = {}): CostLedger {
  const { env = process.env } = options
  const fromVariables = budgetsOf(env) // read also where it is off: a malformed limit is never passed over
  const budgets = [...fromVariables, ...(options.budgets ?? [])]
  const names = new Set(budgets.map(({ name }) => name))
  if (names.size < budgets.length)
    throw new CostError('INVALID_SETTING', 'expected every budget to have a name of its own')
  if (!(options.enabled ?? budgets.length > 0)) return OFF
  const prices = env.LOKI_COST_PRICES?.trim() ?? ''
  return new SharedLedger({
    dir: options.dir ?? defaultFolder(env),
    budgets,
    overrides: prices === '' ? [] : readPrices(prices),
    onUnknownPrice: options.onUnknownPrice ?? 'require_approval',
    now: options.now ?? (() => new Date()),
  })
}

function defaultFolder(env: NodeJS.ProcessEnv): string {
  const home = env.LOKI_HOME?.trim() ?? ''
  return join(home === '' ? join(env.HOME ?? homedir(), '.loki') : home, 'costs')
}

const NOT_MEASURED = { micros: null, source: null, alerts: [] } as const

const OFF: CostLedger = Object.freeze({
  enabled: false,
  dir: undefined,
  reserve: () => Promise.resolve({ granted: true as const, alerts: [] }),
  settle: () => Promise.resolve(NOT_MEASURED),
  release: () => Promise.resolve(),
  record: () => Promise.resolve(NOT_MEASURED),
  raise: () => Promise.resolve(),
  budgets: () => Promise.resolve([]),
  calls: () => Promise.resolve([]),
})
