import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formatDollars, microsOf, parseDollars, readPrices } from '../src/index.js'
import { CALL, emptyFolder, ledgerWith } from './folder.js'

const MILLION = { input: 1_000_000, cacheRead: 1_000_000, cacheWrite: 1_000_000, output: 1_000_000 }

function listFile(prices: unknown): string {
  const file = join(emptyFolder(), 'prices.json')
  writeFileSync(file, typeof prices === 'string' ? prices : JSON.stringify({ version: 1, prices }))
  return file
}

describe('a price list', () => {
  it.each([
    ['no JSON', '{'],
    ['no list', '{}'],
    ['no model', [{ input: 1, output: 1 }]],
    ['no price', [{ model: 'a' }]],
    ['a price below nothing', [{ model: 'a', input: -1, output: 1 }]],
    ['a key that there is not', [{ model: 'a', input: 1, output: 1, cached: 2 }]],
  ])('with %s is refused', (_, prices) => {
    expect(() => readPrices(listFile(prices))).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }) as Error)
  })

  it('goes before the public one; the first that matches holds', async () => {
    const file = listFile([
      { provider: 'claude', model: 'claude-opus-*', input: 1, cache_read: 0.1, output: 2 },
      { model: 'claude-*', input: 9, output: 9 },
    ])
    const ledger = ledgerWith({ env: { LOKI_COST_PRICES: file } })
    expect(await ledger.record(CALL, { usage: MILLION })).toMatchObject({ micros: 4_100_000, source: 'override' })
    expect(await ledger.record({ ...CALL, model: 'claude-x' }, { usage: MILLION })).toMatchObject({
      micros: 36_000_000,
    })
  })

  it('that is not there refuses to start', () => {
    expect(() => ledgerWith({ env: { LOKI_COST_PRICES: '/nowhere/prices.json' } })).toThrow(/nowhere/)
  })
})

describe('the public list', () => {
  it('prices caches apart from what is read anew', async () => {
    const ledger = ledgerWith()
    const cost = async (usage: object): Promise<number> => (await ledger.record(CALL, { usage })).micros ?? Number.NaN
    const [input, read, write, output] = await Promise.all([
      cost({ input: 1_000_000 }),
      cost({ cacheRead: 1_000_000 }),
      cost({ cacheWrite: 1_000_000 }),
      cost({ output: 1_000_000 }),
    ])
    expect([input, read, write, output]).toEqual([5_000_000, 500_000, 6_250_000, 25_000_000])
    expect(await cost(MILLION)).toBe(36_750_000)
  })

  it('says nothing of a model that it does not know, nor of what was not measured', async () => {
    const ledger = ledgerWith()
    expect(await ledger.record({ ...CALL, model: 'nobody-knows-9' }, { usage: MILLION })).toMatchObject({
      micros: null,
    })
    expect(await ledger.record(CALL, { usage: {} })).toMatchObject({ micros: null })
    expect(await ledger.record({ ...CALL, model: undefined }, { usage: MILLION })).toMatchObject({ micros: null })
  })
})

describe('an amount', () => {
  it.each([
    ['12.50', 12_500_000],
    ['0', 0],
    ['0.000001', 1],
    ['999999999', 999_999_999_000_000],
  ])('%s is %d micro-dollars', (text, micros) => {
    expect(parseDollars(text)).toBe(micros)
  })
  it.each(['', '1.', '.5', '1.0000001', '1_000', ' 1', '+1', '0x10', '9999999999'])('%j is none', (text) => {
    expect(parseDollars(text)).toBeUndefined()
  })
  it('is rounded up, but not for the last bit of a binary fraction', () => {
    expect([microsOf(0.1 + 0.2), microsOf(0.0000001), microsOf(1.005)]).toEqual([300_000, 1, 1_005_000])
  })
  it('is shown with two digits or as many as it needs', () => {
    expect([0, 1, 1_500_000, 12_345_600, -2_000_000].map(formatDollars)).toEqual([
      '0.00',
      '0.000001',
      '1.50',
      '12.3456',
      '-2.00',
    ])
  })
})
