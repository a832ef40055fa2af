import { describe, expect, it } from 'vitest'
import { openCosts } from '../src/index.js'
import type { Budget } from '../src/index.js'
import { CALL, emptyFolder, ledgerWith } from './folder.js'

describe('a limit in a variable', () => {
  it.each([
    ['COST_MAX_PER_DAY', '$10'],
    ['COST_MAX_PER_TASK', '10,50'],
    ['COST_MAX_PER_MONTH', '-1'],
    ['COST_MAX_PER_MONTH', '1e3'],
    ['COST_MAX_PER_DAY', 'ten'],
    ['COST_ALERT_THRESHOLD', '80'],
    ['COST_ALERT_THRESHOLD', '0'],
  ])('%s=%s refuses to start', (name, value) => {
    expect(() => openCosts({ env: { [name]: value } })).toThrow(name)
    expect(() => openCosts({ env: { [name]: value }, enabled: false })).toThrow(name)
  })

  it('turns the ledger on; without any it counts nothing', async () => {
    expect(openCosts({ env: { COST_MAX_PER_DAY: '10' }, dir: emptyFolder() }).enabled).toBe(true)
    const off = openCosts({ env: {} })
    expect(off.enabled).toBe(false)
    expect(await off.reserve(CALL, { micros: 1e12 })).toEqual({ granted: true, alerts: [] })
    expect(await off.record(CALL, { usage: {} })).toMatchObject({ micros: null })
  })
})

describe('a budget', () => {
  const reserveAll = async (budget: Budget, micros: number): Promise<number> => {
    const ledger = ledgerWith({ budgets: [budget] })
    let granted = 0
    while ((await ledger.reserve(CALL, { micros, tokens: 10 })).granted) granted += 1
    return granted
  }

  it('of money grants up to the limit and not a cent more', async () => {
    expect(await reserveAll({ name: 'day', scope: 'day', micros: 100_000, alerts: [] }, 30_000)).toBe(3)
    expect(await reserveAll({ name: 'day', scope: 'day', micros: 0, alerts: [] }, 1)).toBe(0)
  })

  it('of tokens does the same', async () => {
    expect(await reserveAll({ name: 'tokens', scope: 'session', tokens: 45, alerts: [] }, 0)).toBe(4)
  })

  it('says what is used, of what, and what to do', async () => {
    const ledger = ledgerWith({ env: { COST_MAX_PER_TASK: '1.50' } })
    await ledger.reserve(CALL, { micros: 1_200_000 })
    expect(await ledger.reserve(CALL, { micros: 400_000 })).toMatchObject({
      granted: false,
      why: 'budget',
      reason:
        'COST_MAX_PER_TASK is used up for ses-1/t1: $1.20 of $1.50 spent or reserved; wait for the next task, or have it raised',
      status: { percent: 80 },
    })
    expect(await ledger.reserve({ ...CALL, task: 't2' }, { micros: 400_000 })).toMatchObject({ granted: true })
  })

  it('counts only the calls that it names', async () => {
    const budget: Budget = { name: 'codex', scope: 'month', micros: 10, provider: 'codex', alerts: [] }
    const ledger = ledgerWith({ budgets: [budget] })
    expect(await ledger.reserve(CALL, { micros: 1_000 })).toMatchObject({ granted: true })
    expect(await ledger.reserve({ ...CALL, provider: 'codex' }, { micros: 11 })).toMatchObject({ granted: false })
  })

  it('begins anew with the next day, and the month goes on', async () => {
    let now = new Date('2026-11-21T23:59:00Z')
    const budgets: Budget[] = [
      { name: 'day', scope: 'day', micros: 10, alerts: [] },
      { name: 'month', scope: 'month', micros: 15, alerts: [] },
    ]
    const ledger = ledgerWith({ budgets, now: () => now })
    expect(await ledger.reserve(CALL, { micros: 10 })).toMatchObject({ granted: true })
    expect(await ledger.reserve(CALL, { micros: 1 })).toMatchObject({
      granted: false,
      status: { budget: { name: 'day' } },
    })
    now = new Date('2026-11-22T00:00:00Z')
    expect(await ledger.reserve(CALL, { micros: 5 })).toMatchObject({ granted: true })
    expect(await ledger.reserve(CALL, { micros: 1 })).toMatchObject({
      granted: false,
      status: { budget: { name: 'month' } },
    })
    now = new Date('2026-12-01T00:00:00Z')
    expect(await ledger.reserve(CALL, { micros: 10 })).toMatchObject({ granted: true })
  })

  it('goes further once it is raised, for that period only', async () => {
    const dir = emptyFolder()
    const ledger = ledgerWith({ dir, env: { COST_MAX_PER_DAY: '1' } })
    expect(await ledger.reserve(CALL, { micros: 1_500_000 })).toMatchObject({ granted: false })
    await expect(ledger.raise('COST_MAX_PER_YEAR', '2026', { micros: 1, by: 'cli:alice' })).rejects.toThrow(
      /COST_MAX_PER_DAY/,
    )
    await ledger.raise('COST_MAX_PER_DAY', '2026-11-21', { micros: 1_000_000, by: 'cli:alice' })
    expect(await ledger.reserve(CALL, { micros: 1_500_000 })).toMatchObject({ granted: true })
    const [status] = await ledgerWith({ dir, env: { COST_MAX_PER_DAY: '1' } }).budgets()
    expect(status).toMatchObject({ period: '2026-11-21', limitMicros: 2_000_000, percent: 75 })
  })

  it('tells of each share that is reached once, whoever reaches it', async () => {
    const dir = emptyFolder()
    const budgets: Budget[] = [{ name: 'day', scope: 'day', micros: 100, alerts: [50, 80] }]
    const [one, two] = [ledgerWith({ dir, budgets }), ledgerWith({ dir, budgets })]
    const told = async (ledger: typeof one, micros: number): Promise<number[]> => {
      const grant = await ledger.reserve(CALL, { micros })
      return grant.granted ? grant.alerts.map(({ percent }) => percent) : []
    }
    expect(await told(one, 49)).toEqual([])
    const both = await Promise.all([told(one, 1), told(two, 1)])
    expect(both.flat()).toEqual([50])
    expect(await told(two, 40)).toEqual([80])
    expect(await told(one, 1)).toEqual([])
  })

  it('of money does not let a call through whose price nobody knows, unless told to', async () => {
    const unknown = { ...CALL, model: 'nobody-knows-9' }
    const limited = { COST_MAX_PER_DAY: '5' }
    expect(await ledgerWith({ env: limited }).reserve(unknown, { tokens: 5 })).toMatchObject({
      granted: false,
      why: 'unknown_price',
      reason: expect.stringMatching(/nobody-knows-9.*LOKI_COST_PRICES/) as string,
    })
    expect(await ledgerWith({ env: limited, onUnknownPrice: 'allow' }).reserve(unknown, {})).toMatchObject({
      granted: true,
    })
    const tokens: Budget = { name: 'tokens', scope: 'day', tokens: 10, alerts: [] }
    expect(await ledgerWith({ budgets: [tokens] }).reserve(unknown, { tokens: 5 })).toMatchObject({ granted: true })
  })
})
