import type { CallState } from '../ledger/state.js'
import type { MicroDollars } from '../money.js'
import { addUsage } from '../usage.js'
import type { Usage } from '../usage.js'

/** By what costs are put together. */
export type CostGrouping = 'task' | 'agent' | 'model' | 'provider' | 'phase' | 'session' | 'project' | 'team' | 'day'

export const COSTS_BY: readonly CostGrouping[] = [
  'task',
  'agent',
  'model',
  'provider',
  'phase',
  'session',
  'project',
  'team',
  'day',
]

/** What the calls of one task, agent, model ... came to. */
export interface CostRow {
  /** Null where the calls do not say. */
  readonly group: string | null
  readonly calls: number
  /** Of the calls whose cost is known. */
  readonly micros: MicroDollars
  /** Calls that were made and whose cost nobody knows: with any, `micros` is only a part. */
  readonly unpriced: number
  /** Calls that money is set aside for and that nobody has settled, and how much. */
  readonly open: number
  readonly openMicros: MicroDollars
  /** What was measured of tokens. */
  readonly usage: Usage
}

/** Puts calls together, the dearest first. */
export function costReport(calls: readonly CallState[], by: CostGrouping): readonly CostRow[] {
  const rows = new Map<string | null, CostRow>()
  for (const state of calls) {
    const group = groupOf(state, by)
    rows.set(group, added(rows.get(group) ?? { ...NOTHING, group }, state))
  }
  return [...rows.values()].sort((a, b) => b.micros + b.openMicros - (a.micros + a.openMicros) || b.calls - a.calls)
}

const NOTHING: CostRow = { group: null, calls: 0, micros: 0, unpriced: 0, open: 0, openMicros: 0, usage: {} }

function added(row: CostRow, { settled, reservedMicros }: CallState): CostRow {
  const calls = row.calls + 1
  if (settled === undefined) return { ...row, calls, open: row.open + 1, openMicros: row.openMicros + reservedMicros }
  return {
    ...row,
    calls,
    micros: row.micros + (settled.micros ?? 0),
    unpriced: row.unpriced + (settled.micros === null ? 1 : 0),
    usage: addUsage(row.usage, settled.usage),
  }
}

function groupOf({ call, settled }: CallState, by: CostGrouping): string | null {
  if (by === 'day') return call.at.slice(0, 10)
  if (by === 'task') return call.task === undefined ? null : `${call.session}/${call.task}`
  if (by === 'model') return settled?.model ?? call.model ?? null
  return call[by] ?? null
}
