import { appendFileSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Grant } from '../src/index.js'
import { CALL, emptyFolder, ledgerWith } from './folder.js'

const LIMIT = { COST_MAX_PER_DAY: '1' }

function idOf(grant: Grant): string {
  if (!grant.granted || grant.id === undefined) throw new Error('expected a grant')
  return grant.id
}

describe('a ledger', () => {
  it.each([
    ['tokens that are no number', { usage: { input: Number.NaN } }],
    ['half a token', { usage: { output: 0.5 } }],
    ['less than nothing', { usage: { input: -1 } }],
    ['more reasoning than output', { usage: { output: 1, reasoning: 2 } }],
    ['a negative amount', { usage: {}, micros: -1 }],
    ['an amount that is no number', { usage: {}, micros: Number.POSITIVE_INFINITY }],
  ])('does not enter %s', async (_, spending) => {
    const ledger = ledgerWith()
    await expect(ledger.record(CALL, spending)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  it('settles a reservation once, and no other', async () => {
    const ledger = ledgerWith({ env: LIMIT })
    await expect(ledger.settle('nothing', { usage: {} })).rejects.toMatchObject({ code: 'UNKNOWN_RESERVATION' })
    const id = idOf(await ledger.reserve(CALL, { micros: 900_000 }))
    await ledger.settle(id, { usage: { input: 3 }, micros: 100_000 })
    await expect(ledger.settle(id, { usage: {} })).rejects.toMatchObject({ code: 'UNKNOWN_RESERVATION' })
    await expect(ledger.release(id)).rejects.toMatchObject({ code: 'UNKNOWN_RESERVATION' })
    expect(await ledger.budgets()).toMatchObject([{ used: { micros: 100_000, tokens: 3 } }])
  })

  it('gives back what was reserved for a call that was not made', async () => {
    const ledger = ledgerWith({ env: LIMIT })
    await ledger.release(idOf(await ledger.reserve(CALL, { micros: 900_000 })))
    expect(await ledger.reserve(CALL, { micros: 900_000 })).toMatchObject({ granted: true })
  })

  it('goes on counting what was reserved where nobody knows what the call cost', async () => {
    const ledger = ledgerWith({ env: LIMIT })
    const id = idOf(await ledger.reserve({ ...CALL, model: 'nobody-knows-9' }, { micros: 600_000 }))
    expect(await ledger.settle(id, { usage: { input: 5 } })).toMatchObject({ micros: null, source: null })
    expect(await ledger.budgets()).toMatchObject([{ used: { micros: 600_000, unpriced: 1 } }])
  })

  it('takes the word of the host before its own prices', async () => {
    const ledger = ledgerWith()
    const usage = { input: 1_000_000, output: 0 }
    expect(await ledger.record(CALL, { usage, micros: 7 })).toMatchObject({ micros: 7, source: 'host' })
    expect(await ledger.record(CALL, { usage })).toMatchObject({ micros: 5_000_000, source: 'list' })
  })

  it('enters a call with an id of its own once, however often it is reported', async () => {
    const dir = emptyFolder()
    const [one, two] = [ledgerWith({ dir, env: LIMIT }), ledgerWith({ dir, env: LIMIT })]
    const spending = { usage: { input: 5 }, micros: 100_000 }
    await Promise.all([one, two, one, two].map((ledger) => ledger.record(CALL, spending, 'req-1')))
    expect(await two.budgets()).toMatchObject([{ used: { micros: 100_000, tokens: 5 } }])
    expect(await two.calls()).toHaveLength(1)
  })

  it('is of one mind in every process, and keeps its files to its user', async () => {
    const dir = join(emptyFolder(), 'costs')
    const ledger = ledgerWith({ dir, env: LIMIT })
    await ledger.record(CALL, { usage: { input: 5 }, micros: 250_000 })
    expect(await ledgerWith({ dir, env: LIMIT }).budgets()).toMatchObject([{ percent: 25 }])
    expect(readdirSync(dir)).toEqual(['ledger-2026-11.jsonl'])
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    expect(statSync(join(dir, 'ledger-2026-11.jsonl')).mode & 0o777).toBe(0o600)
  })

  it('loses no line to one that was torn, nor to what is not ours', async () => {
    const dir = emptyFolder()
    const ledger = ledgerWith({ dir, env: LIMIT })
    await ledger.record(CALL, { usage: {}, micros: 100_000 })
    const file = join(dir, 'ledger-2026-11.jsonl')
    appendFileSync(file, '{"v":1,"kind":"reserve","id":"torn","at":"2026-1')
    await ledger.record(CALL, { usage: {}, micros: 100_000 })
    appendFileSync(file, '{"v":9}\nnull\n{"v":1,"kind":"settle","id":"x","at":"y","micros":-5,"usage":{}}\n')
    await ledger.record(CALL, { usage: {}, micros: 100_000 })
    expect(await ledgerWith({ dir, env: LIMIT }).budgets()).toMatchObject([{ used: { micros: 300_000 } }])
  })

  it('refuses a call when it cannot be written, or was cut', async () => {
    const dir = emptyFolder()
    writeFileSync(join(dir, 'costs'), '')
    await expect(
      ledgerWith({ dir: join(dir, 'costs'), env: LIMIT }).reserve(CALL, { micros: 1 }),
    ).rejects.toMatchObject({
      code: 'LEDGER_FAILED',
    })
    const ledger = ledgerWith({ dir, env: LIMIT })
    await ledger.record(CALL, { usage: {}, micros: 100_000 })
    writeFileSync(join(dir, 'ledger-2026-11.jsonl'), '')
    await expect(ledger.reserve(CALL, { micros: 1 })).rejects.toThrow(/ledger-2026-11/)
    mkdirSync(join(dir, 'ledger-2026-12.jsonl'))
    await expect(ledgerWith({ dir, env: LIMIT }).budgets()).rejects.toMatchObject({ code: 'LEDGER_FAILED' })
  })
})
