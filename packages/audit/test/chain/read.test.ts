import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AuditEntry, AuditFilter } from '../../src/index.js'
import { fill, openLog, temporary, writeLines } from '../folder.js'

async function collect(dir: string, filter?: AuditFilter): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of openLog(dir).readEntries(filter)) entries.push(entry)
  return entries
}

test('a line that is no entry ends the reading with its number', async () => {
  const dir = temporary()
  const lines = await fill(dir, 5)
  writeLines(dir, lines.toSpliced(3, 1, '{"seq":3}'))
  await expect(collect(dir)).rejects.toThrow('line 4')
  await expect(collect(dir)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})

test('a moment that is none is refused', async () => {
  await expect(collect(temporary(), { since: 'yesterday-ish' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('a log that is not there has no entries', async () => {
  expect(await collect(join(temporary(), 'none'))).toEqual([])
})

test('a torn last line is left out', async () => {
  const dir = temporary()
  await fill(dir, 5)
  appendFileSync(join(dir, 'audit.jsonl'), '{"hash":"sha2')
  expect(await collect(dir)).toHaveLength(5)
})

test('entries come in order with the documented fields, whatever their number', async () => {
  const dir = temporary()
  await fill(dir, 3000)
  const entries = await collect(dir)
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 3000 }, (_, index) => index))
  const names = ['seq', 'timestamp', 'who', 'what', 'where', 'why', 'metadata', 'previousHash', 'hash']
  expect(Object.keys(entries[0] ?? {})).toEqual(names)
})

test('filters hold together; since is included and until is not', async () => {
  const dir = temporary()
  let clock = Date.parse('2026-01-31T12:00:00Z')
  const log = openLog(dir, { now: () => new Date((clock += 1000)) })
  for (let index = 0; index < 10; index++) await log.record({ who: `w${index % 2}`, what: `t${index % 3}` })
  const seqs = async (filter: AuditFilter): Promise<number[]> => (await collect(dir, filter)).map(({ seq }) => seq)
  expect(await seqs({ who: 'w1' })).toEqual([1, 3, 5, 7, 9])
  expect(await seqs({ who: 'w1', what: 't0' })).toEqual([3, 9])
  expect(await seqs({ since: '2026-01-31T12:00:04Z', until: new Date('2026-01-31T12:00:07Z') })).toEqual([3, 4, 5])
})

test('a reader of a log that is being written sees only whole entries', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'w', what: 't' })
  const state = { writing: true }
  const writer = Promise.all(
    Array.from({ length: 2000 }, (_, index) => log.record({ who: 'w', what: 't', why: 'x'.repeat(index) })),
  ).finally(() => {
    state.writing = false
  })
  let last = 0
  while (state.writing) {
    const { length } = await collect(dir)
    expect(length).toBeGreaterThanOrEqual(last)
    last = length
    expect(await log.verifyChain()).toMatchObject({ valid: true })
  }
  await writer
  expect(await collect(dir)).toHaveLength(2001)
})
