import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { AuditError, openAudit } from '../src/index.js'
import type { AuditInput } from '../src/index.js'
import { linesOf, openLog, parse, temporary } from './folder.js'

const circular: Record<string, unknown> = {}
circular.self = circular
const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 'v']))
const explosive = Array.from({ length: 40 }).reduce<unknown>((inner) => [inner, inner], many)
const good = { who: 'agent:claude/1', what: 'action.decided' }

describe('a record is refused as a rejection with a code', () => {
  const cases: [string, unknown, string][] = [
    ['nothing', undefined, 'INVALID_INPUT'],
    ['an empty who', { ...good, who: '' }, 'INVALID_INPUT'],
    ['a what that is no text', { ...good, what: 7 }, 'INVALID_INPUT'],
    ['a where that is no text', { ...good, where: {} }, 'INVALID_INPUT'],
    ['metadata that is an array', { ...good, metadata: [] }, 'INVALID_INPUT'],
    ['a BigInt', { ...good, metadata: { n: 1n } }, 'INVALID_INPUT'],
    ['a circular value', { ...good, metadata: circular }, 'INVALID_INPUT'],
    ['a small graph that is endless as text', { ...good, metadata: { explosive } }, 'TOO_LARGE'],
    ['NaN', { ...good, metadata: { n: Number.NaN } }, 'INVALID_INPUT'],
    ['a Date', { ...good, metadata: { at: new Date(0) } }, 'INVALID_INPUT'],
    ['a function', { ...good, metadata: { f: () => 1 } }, 'INVALID_INPUT'],
    ['undefined in an array', { ...good, metadata: { list: [undefined] } }, 'INVALID_INPUT'],
    ['a lone surrogate', { ...good, why: '\ud800' }, 'INVALID_INPUT'],
    ['a lone surrogate in a key', { ...good, metadata: { '\udc00': 1 } }, 'INVALID_INPUT'],
    ['more than a line holds', { ...good, why: 'x'.repeat(70_000) }, 'TOO_LARGE'],
    ['more than a line holds, in bytes only', { ...good, why: '€'.repeat(22_000) }, 'TOO_LARGE'],
    [
      'a getter that throws',
      {
        ...good,
        get why(): string {
          throw new Error('no')
        },
      },
      'INVALID_INPUT',
    ],
  ]
  test.each(cases)('%s', async (_, input, code) => {
    const dir = temporary()
    const log = openLog(dir)
    let result: Promise<unknown> = Promise.resolve()
    expect(() => {
      result = log.record(input as AuditInput)
    }).not.toThrow()
    await expect(result).rejects.toBeInstanceOf(AuditError)
    await expect(result).rejects.toMatchObject({ code })
    expect(readdirSync(dir)).toEqual([])
  })

  test('a clock that gives no time', async () => {
    const log = openLog(temporary(), { now: () => new Date(Number.NaN) })
    await expect(log.record(good)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('the place of what was refused is named', async () => {
    const log = openLog(temporary())
    await expect(log.record({ ...good, metadata: { a: [{ b: 1n as never }] } })).rejects.toThrow('metadata.a.0.b')
  })

  test('a log that was closed', async () => {
    const log = openLog(temporary())
    await log.record(good)
    await log.close()
    await expect(log.record(good)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('more than the queue holds, while what is queued is still written', async () => {
    const log = openLog(temporary(), { timeoutMs: 60_000 })
    const results = await Promise.allSettled(Array.from({ length: 16_500 }, () => log.record(good)))
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused).toHaveLength(16_500 - 16_384)
    expect(refused[0]?.reason).toMatchObject({ code: 'QUEUE_FULL' })
    expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 16_384 })
  })
})

test('an entry is what was recorded, with its place in the chain', async () => {
  const log = openLog(temporary(), { now: () => new Date('2026-01-31T12:00:00Z') })
  const first = await log.record({
    ...good,
    where: '/p',
    why: 'because',
    metadata: { b: [1, 'é'], a: null, gone: undefined },
  })
  expect(first).toEqual({
    seq: 0,
    timestamp: '2026-01-31T12:00:00.000Z',
    ...good,
    where: '/p',
    why: 'because',
    metadata: { a: null, b: [1, 'é'] },
    previousHash: 'GENESIS',
    // Computed with another implementation of SHA-256, over 0x00 and the text of docs/formats/audit-log.md.
    hash: 'sha256:1e2b7f12378b155b4950c398354631aafd7ff3a63b168961d6fac1c0a8f573fa',
  })
  expect(await log.record(good)).toMatchObject({
    seq: 1,
    previousHash: first?.hash,
    where: null,
    why: null,
    metadata: null,
  })
})

test('a record is a copy of the moment it was made', async () => {
  const dir = temporary()
  const log = openLog(dir)
  const metadata = { list: [1] }
  const pending = log.record({ ...good, metadata })
  metadata.list.push(2)
  expect((await pending)?.metadata).toEqual({ list: [1] })
  expect(parse(linesOf(dir)[0]).metadata).toEqual({ list: [1] })
})

test('two logs of one folder in one process share one chain', async () => {
  const dir = temporary()
  const logs = [openLog(dir), openLog(dir), openLog(dir)]
  const entries = await Promise.all(logs.flatMap((log) => Array.from({ length: 100 }, () => log.record(good))))
  expect(new Set(entries.map((entry) => entry?.seq)).size).toBe(300)
  await logs[0]?.close()
  await logs[1]?.record(good)
  await logs[1]?.close()
  await logs[2]?.record(good)
  expect(await logs[2]?.verifyChain()).toMatchObject({ valid: true, entries: 302 })
})

test('records under way when the writer closes are written once by the next one', async () => {
  const dir = temporary()
  for (let round = 0; round < 10; round++) {
    const logs = [openLog(dir), openLog(dir), openLog(dir), openLog(dir)]
    await logs[0]?.record(good)
    const records = logs.slice(1).flatMap((log) => Array.from({ length: 300 }, () => log.record(good)))
    const closing = new Promise((resolve) => setTimeout(resolve, round)).then(() => logs[0]?.close())
    await Promise.all(records)
    await closing
    for (const log of logs) await log.close()
  }
  expect(await openLog(dir).verifyChain()).toMatchObject({ valid: true, entries: 10 * 901 })
})

test('files are for their owner only, and the last close gives lock and socket up', async () => {
  const dir = join(temporary(), 'deep', 'audit')
  const log = openLog(dir)
  await log.record(good)
  const mode = (name: string): string => (statSync(join(dir, name)).mode & 0o777).toString(8)
  expect(mode('.')).toBe('700')
  expect(readdirSync(dir).map((name) => `${name} ${mode(name)}`)).toEqual([
    'audit.jsonl 600',
    'audit.lock 600',
    'audit.sock 600',
    'audit.tree 600',
    'audit.writer 600',
  ])
  await log.close()
  await log.close()
  expect(readdirSync(dir)).toEqual(['audit.jsonl', 'audit.lock', 'audit.tree'])
})

test('opening touches nothing until the first record', async () => {
  const dir = join(temporary(), 'audit')
  const log = openLog(dir)
  expect(await log.verifyChain()).toMatchObject({ valid: false, code: 'MISSING' })
  await log.close()
  expect(readdirSync(join(dir, '..'))).toEqual([])
})

test('a folder whose path is too long for a socket works through one elsewhere', async () => {
  const dir = join(temporary(), 'x'.repeat(120))
  mkdirSync(dir)
  const logs = [openLog(dir), openLog(dir)]
  for (const log of logs) await log.record(good)
  const { address } = JSON.parse(readFileSync(join(dir, 'audit.writer'), 'utf8')) as { address: string }
  expect(address.startsWith(dir)).toBe(false)
  expect(statSync(join(address, '..')).mode & 0o777).toBe(0o700)
  for (const log of logs) await log.close()
  expect(statSync(address, { throwIfNoEntry: false })).toBeUndefined()
})

describe('what turns a log on', () => {
  const on = (env: NodeJS.ProcessEnv, enabled?: boolean): boolean => openAudit({ env, enabled }).enabled

  test.each([
    [{}, undefined, false],
    [{ LOKI_AUDIT_DIR: ' ' }, undefined, false],
    [{ LOKI_AUDIT_DIR: '/x' }, undefined, true],
    [{ LOKI_ENTERPRISE_AUDIT: 'Yes' }, undefined, true],
    [{ LOKI_ENTERPRISE_AUDIT: 'off' }, undefined, false],
    [{}, true, true],
    [{ LOKI_AUDIT_DIR: '/x' }, false, false],
    [{ LOKI_AUDIT_DISABLED: '1', LOKI_AUDIT_DIR: '/x' }, true, false],
  ])('%o and enabled %s: %s', (env, enabled, expected) => {
    expect(on(env, enabled)).toBe(expected)
  })

  test.each(['LOKI_AUDIT_DISABLED', 'LOKI_ENTERPRISE_AUDIT'])(
    '%s with any other word is an error that names it',
    (name) => {
      expect(() => openAudit({ env: { [name]: 'maybe' } })).toThrow(name)
    },
  )

  test('a time limit that is none is an error', () => {
    expect(() => openAudit({ enabled: true, env: {}, timeoutMs: 0 })).toThrow('timeoutMs')
  })

  test('the folder is the option, else the variable, else .loki/audit here', () => {
    const env = { LOKI_AUDIT_DIR: '/var/a' }
    expect(openAudit({ dir: '/var/b', enabled: true, env }).dir).toBe('/var/b')
    expect(openAudit({ env }).dir).toBe('/var/a')
    expect(openAudit({ enabled: true, env: {} }).dir).toBe(join(process.cwd(), '.loki', 'audit'))
  })
})

test('a log that is off accepts every call and does nothing', async () => {
  const log = openAudit({ env: {}, dir: '/does/not/exist' })
  expect(Object.isFrozen(log)).toBe(true)
  expect(log).toMatchObject({ enabled: false, dir: undefined })
  expect(await log.record(good)).toBeUndefined()
  for await (const entry of log.readEntries()) expect.fail(`got ${entry.what}`)
  expect(await log.verifyChain()).toMatchObject({ valid: false, enabled: false, code: 'DISABLED' })
  await log.close()
})
