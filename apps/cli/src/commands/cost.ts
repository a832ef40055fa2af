import { callsCsv, COSTS_BY, costReport, focusCsv, formatDollars, openCosts, parseDollars } from '@loki/costs'
import type { BudgetStatus, CostGrouping, CostLedger, CostRow } from '@loki/costs'
import { cliPrincipal } from '../context.js'
import { CliError, usageError } from '../exit.js'
import type { ExitName } from '../exit.js'
import { countOf } from '../format.js'
import { table } from '../output.js'
import type { Output } from '../output.js'
import type { Call } from '../program/define.js'
import { openProjectLog } from '../project-log.js'
import { momentOf } from './audit-query.js'

export interface CostOptions {
  readonly by?: string
  readonly since?: string
  readonly until?: string
  readonly session?: string
  readonly all?: boolean
  readonly format?: string
}

export interface RaiseOptions {
  readonly period?: string
}

/** `loki cost`: what model calls cost, put together, or each for itself as CSV. */
export async function cost(call: Call<CostOptions>): Promise<ExitName | undefined> {
  const { output, options, projectDir } = call
  const { by = 'model', since, until, session, all, format = 'table' } = options
  const calls = await ledger().calls({
    ...(since === undefined ? {} : { since: momentOf('--since', since) }),
    ...(until === undefined ? {} : { until: momentOf('--until', until) }),
    ...(session === undefined ? {} : { session }),
    ...(all === true ? {} : { project: projectDir }),
  })
  if (format !== 'table') {
    for (const line of format === 'focus' ? focusCsv(calls) : callsCsv(calls)) process.stdout.write(line)
    return undefined
  }
  const grouping = COSTS_BY.find((one) => one === by)
  if (grouping === undefined) throw usageError(`--by is one of ${COSTS_BY.join(', ')}; got ${JSON.stringify(by)}.`)
  const rows = costReport(calls, grouping)
  if (output.json) output.record({ by: grouping, rows })
  else if (rows.length === 0) output.note('No model call is on the ledger.')
  else told(output, grouping, rows)
  return undefined
}

/** `loki budget status`: ends with 4 where one is used up. */
export async function status(call: Call<unknown>): Promise<ExitName | undefined> {
  const { output } = call
  const budgets = await ledger().budgets()
  const isUsedUp = budgets.some(({ percent }) => percent >= 100)
  if (output.json) output.record({ budgets: budgets.map(budgetJson) })
  else if (budgets.length === 0)
    output.note('No budget is set, or none is used yet; see COST_MAX_PER_DAY and its like.')
  else {
    const { color } = output
    output.data(
      table(output, budgets, [
        { title: 'BUDGET', value: ({ budget }) => budget.name },
        { title: 'PERIOD', value: ({ period }) => period },
        { title: 'USED', value: ({ used }) => `$${formatDollars(used.micros)}` },
        {
          title: 'OF',
          value: ({ limitMicros }) => (limitMicros === undefined ? '-' : `$${formatDollars(limitMicros)}`),
        },
        {
          title: '%',
          value: ({ percent }) => String(percent),
          paint: (text, { percent, budget }) =>
            percent >= 100 ? color.red(text) : percent >= Math.min(...budget.alerts, 101) ? color.yellow(text) : text,
        },
      ]),
    )
  }
  return isUsedUp ? 'waiting' : undefined
}

/** `loki budget raise`: on the audit log first. */
export async function raise(call: Call<RaiseOptions>): Promise<ExitName | undefined> {
  const { output, args, options, projectDir } = call
  const [name = '', dollars = ''] = args
  const micros = parseDollars(dollars)
  if (micros === undefined || micros === 0)
    throw usageError(`${JSON.stringify(dollars)} is no amount of US dollars such as 5.00.`)
  const costs = ledger()
  const known = (await costs.budgets()).find(
    ({ budget, period }) => budget.name === name && (options.period ?? period) === period,
  )
  const period = options.period ?? known?.period
  if (period === undefined) {
    throw new CliError('NO_BUDGET', `There is no budget ${name} with a period that is used now.`, {
      next: 'See them with: loki budget status. Of a task or session, name the period with --period.',
    })
  }
  const by = cliPrincipal()
  const audit = openProjectLog(projectDir)
  try {
    await audit.record({ who: by, what: 'budget.raised', where: name, metadata: { period, micros } })
  } finally {
    await audit.close()
  }
  await costs.raise(name, period, { micros, by })
  if (output.json) output.record({ budget: name, period, micros, by })
  else
    output.note(
      `${name} goes $${formatDollars(micros)} further for ${period}. A session that waits for it: loki resume`,
    )
  return undefined
}

/** Opened with the limits of variables and configuration; without any it still shows what was spent. */
function ledger(): CostLedger {
  return openCosts({ enabled: true })
}

function told(output: Output, by: CostGrouping, rows: readonly CostRow[]): void {
  output.data(
    table(output, rows, [
      { title: by.toUpperCase(), value: ({ group }) => group ?? '(not said)' },
      { title: 'CALLS', value: ({ calls }) => String(calls) },
      { title: 'IN', value: ({ usage }) => tokens(usage.input) },
      { title: 'CACHED', value: ({ usage }) => tokens(usage.cacheRead) },
      { title: 'OUT', value: ({ usage }) => tokens(usage.output) },
      {
        title: 'USD',
        value: ({ micros, unpriced, calls, open }) => (unpriced + open === calls ? '-' : formatDollars(micros)),
      },
    ]),
  )
  const unpriced = rows.reduce((sum, row) => sum + row.unpriced, 0)
  const open = rows.reduce((sum, row) => sum + row.open, 0)
  if (unpriced > 0) output.note(`${countOf(unpriced, 'call')} of unknown price, not in the sums; see LOKI_COST_PRICES.`)
  if (open > 0) {
    const micros = rows.reduce((sum, row) => sum + row.openMicros, 0)
    output.note(`${countOf(open, 'call')} not settled, for which $${formatDollars(micros)} are set aside.`)
  }
}

/** What was not measured is no number. */
function tokens(count: number | undefined): string {
  return count === undefined ? '-' : String(count)
}

function budgetJson({ budget, ...status }: BudgetStatus): object {
  return { budget: budget.name, scope: budget.scope, alerts: budget.alerts, ...status }
}
