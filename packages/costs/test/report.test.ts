import { describe, expect, it } from 'vitest'
import { callsCsv, costReport, focusCsv } from '../src/index.js'
import { CALL, ledgerWith } from './folder.js'

async function aDay() {
  const ledger = ledgerWith({ env: { COST_MAX_PER_DAY: '100' } })
  await ledger.record(CALL, { usage: { input: 10, output: 2, reasoning: 1 }, micros: 1_500_000 }, 'a')
  await ledger.record({ ...CALL, task: 't2', agent: '=cmd|calc' }, { usage: { input: 5 }, micros: 500_000 }, 'b')
  await ledger.record({ ...CALL, task: 't2', model: 'nobody-knows-9' }, { usage: { input: 7 } }, 'c')
  await ledger.reserve({ ...CALL, task: undefined }, { micros: 250_000 })
  return ledger.calls()
}

describe('a report of costs', () => {
  it('puts calls together, the dearest first, and tells what is not known from what is nothing', async () => {
    const calls = await aDay()
    expect(costReport([], 'task')).toEqual([])
    expect(costReport(calls, 'task')).toEqual([
      {
        group: 'ses-1/t1',
        calls: 1,
        micros: 1_500_000,
        unpriced: 0,
        open: 0,
        openMicros: 0,
        usage: { input: 10, output: 2, reasoning: 1 },
      },
      { group: 'ses-1/t2', calls: 2, micros: 500_000, unpriced: 1, open: 0, openMicros: 0, usage: { input: 12 } },
      { group: null, calls: 1, micros: 0, unpriced: 0, open: 1, openMicros: 250_000, usage: {} },
    ])
    expect(costReport(calls, 'day')).toMatchObject([{ group: '2026-11-21', calls: 4, micros: 2_000_000 }])
    expect(costReport(calls, 'model').map(({ group }) => group)).toEqual(['claude-opus-4-5', 'nobody-knows-9'])
  })

  it('as CSV leaves empty what was not measured and runs nothing in a spreadsheet', async () => {
    const lines = [...callsCsv(await aDay())]
    expect(lines).toHaveLength(5)
    expect(lines[0]).toMatch(/^id,at,project,team,session,task,.*reserved_usd\r\n$/)
    expect(lines[2]).toContain(",'=cmd|calc,")
    expect(lines[3]).toMatch(/,nobody-knows-9,7,,,,,,,\r\n$/)
    expect(lines[4]).toMatch(/,,,,,,,,0\.25\r\n$/)
  })

  it('in the columns of FOCUS has what was settled, in its month', async () => {
    const [head = '', ...lines] = [...focusCsv(await aDay())]
    expect(lines).toHaveLength(3)
    const names = head.trimEnd().split(',')
    const values = (lines[0] ?? '').trimEnd().split(',')
    const column = (name: string): string | undefined => values[names.indexOf(name)]
    expect(column('BilledCost')).toBe('1.50')
    expect(column('BillingCurrency')).toBe('USD')
    expect(column('BillingPeriodStart')).toBe('2026-11-01T00:00:00.000Z')
    expect(column('BillingPeriodEnd')).toBe('2026-12-01T00:00:00.000Z')
    expect(column('ChargeCategory')).toBe('Usage')
    expect(column('ConsumedQuantity')).toBe('12')
    expect(column('ProviderName')).toBe('Anthropic')
    expect(column('ServiceCategory')).toBe('AI and Machine Learning')
    expect(lines[2]).toMatch(/^,claude,/)
  })
})
