import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { agentActionOf, countLog, searchLines, searchLog, verifyLog } from '../../src/index.js'
import type { AuditEntry, AuditQuery } from '../../src/index.js'
import { fill, linesOf, openLog, parse, temporary, writeLines } from '../folder.js'
import { entriesOf, fitsQuery, queriesOf, randomOf } from './oracle.js'

async function collect(dir: string, query?: AuditQuery): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of searchLog(dir, query)) entries.push(entry)
  return entries
}

describe('what is refused', () => {
  test.each<[string, AuditQuery]>([
    ['a moment that is none', { since: 'yesterday-ish' }],
    ['an empty text', { text: '' }],
    ['half a character', { who: '\ud800' }],
    ['a number of entries below one', { last: 0 }],
    ['an entry number that is none', { seq: -1 }],
  ])('%s', async (_, query) => {
    await expect(collect(temporary(), query)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(countLog(temporary(), query)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('a line that is no entry, by its number, when it is looked at', async () => {
    const dir = temporary()
    const lines = await fill(dir, 5)
    writeLines(dir, lines.toSpliced(3, 1, '{"seq":3}'))
    for (const query of [{}, { since: '2020-01-01' }, { last: 2 }]) {
      await expect(collect(dir, query)).rejects.toThrow('line 4')
      await expect(countLog(dir, query)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
    }
  })

  test('a match that is not its own canonical form: a key that stands twice', async () => {
    const dir = temporary()
    const lines = await fill(dir, 3)
    writeLines(dir, lines.toSpliced(1, 1, (lines[1] ?? '').replace('"index":1', '"index":1,"index":2')))
    await expect(collect(dir, { what: 'action.decided' })).rejects.toThrow('line 2')
  })

  test('a line that is longer than any entry', async () => {
    const dir = temporary()
    await fill(dir, 2)
    appendFileSync(join(dir, 'audit.jsonl'), 'x'.repeat(70_000))
    await expect(collect(dir)).rejects.toThrow('line 3')
  })

  test.each(['{', '\\', '"', '{"hash":"sha256:', '\0'])('a line of %j, without a word of the system', async (line) => {
    const dir = temporary()
    writeLines(dir, [line])
    await expect(countLog(dir)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  })
})

test('a log that is not there has no entries, and neither has an empty one', async () => {
  const dir = temporary()
  expect(await collect(join(dir, 'none'))).toEqual([])
  mkdirSync(join(dir, 'empty'))
  writeFileSync(join(dir, 'empty', 'audit.jsonl'), '')
  expect(await countLog(join(dir, 'empty'))).toBe(0)
})

test('a torn last line is left out', async () => {
  const dir = temporary()
  await fill(dir, 5)
  appendFileSync(join(dir, 'audit.jsonl'), '{"hash":"sha2')
  expect(await countLog(dir)).toBe(5)
  expect(await collect(join(dir, 'audit.jsonl'), { last: 1 })).toMatchObject([{ seq: 4 }])
})

test('lines come byte for byte as they stand in the log', async () => {
  const dir = temporary()
  await fill(dir, 20)
  const lines: string[] = []
  for await (const line of searchLines(dir, { who: 'agent:1' })) lines.push(line)
  expect(lines).toEqual(linesOf(dir).filter((line) => parse(line).who === 'agent:1'))
})

test('the mirror has what agents did, by the name that the entry gives them, and nothing else', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'cli:alice', what: 'session.started' })
  await log.record({
    who: 'agent:claude/s1',
    what: 'action.decided',
    where: 'a',
    metadata: { agent: 'main', ok: true },
  })
  await log.record({ who: 'agent:codex/s2', what: 'action.finished', why: 'w' })
  const mirrored = (await collect(dir)).map(agentActionOf)
  expect(mirrored).toMatchObject([
    undefined,
    { action: 'action.decided', agent: 'main', details: { ok: true, seq: 1, where: 'a', why: null } },
    { action: 'action.finished', agent: 'codex/s2', details: { seq: 2, who: 'agent:codex/s2', why: 'w' } },
  ])
})

test('400 random queries over texts made of quotes, escapes and names of fields find what parsing every entry finds', async () => {
  const random = randomOf(20_260_131)
  const dir = temporary()
  const log = openLog(dir)
  await Promise.all(entriesOf(random, 1500).map((input) => log.record(input)))
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
  const entries = linesOf(dir).map(parse)
  let found = 0
  for (const query of queriesOf(random, 400, entries)) {
    const expected = entries.filter((entry) => fitsQuery(entry, query)).map(({ seq }) => seq)
    const label = JSON.stringify(query)
    const seqs = async (more: AuditQuery = {}): Promise<number[]> =>
      (await collect(dir, { ...query, ...more })).map(({ seq }) => seq)
    expect(await seqs(), label).toEqual(expected)
    expect(await countLog(dir, query), label).toBe(expected.length)
    expect(await seqs({ last: 3 }), label).toEqual(expected.slice(-3))
    found += expected.length
  }
  expect(found).toBeGreaterThan(2000)
})
