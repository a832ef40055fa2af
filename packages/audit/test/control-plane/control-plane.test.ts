import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  controlPlaneFolder,
  mirrorControlPlane,
  openAudit,
  openControlPlaneLog,
  pruneLog,
  searchControlPlane,
  verifyLog,
} from '../../src/index.js'
import type { ControlPlaneInput, ControlPlaneLog, ControlPlaneOptions, ControlPlaneQuery } from '../../src/index.js'
import { bundleInto } from '../children/bundle.js'
import { start } from '../children/process.js'
import { temporary } from '../folder.js'

const clock = { time: '2026-01-31T23:59:59.000Z' }
const now = (): Date => new Date(clock.time)

function open(dir: string, options: ControlPlaneOptions = {}): ControlPlaneLog {
  clock.time = '2026-01-31T23:59:59.000Z'
  const log = openControlPlaneLog({ dir, enabled: true, env: {}, now, mirrorMs: 0, ...options })
  onTestFinished(() => log.close())
  return log
}

const login: ControlPlaneInput = {
  user: 'token:ci-bot',
  action: 'session.start',
  resource: 'session:s-1',
  details: { user_agent: 'curl/8' },
  ip: '127.0.0.1',
  result: 'success',
}

const day = (dir: string, date: string): string => join(dir, `audit-${date}.jsonl`)
const rows = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>) // lines of the mirror
/** Numbers of what was recorded here; at midnight the log itself adds an entry. */
const seqs = (file: string): unknown[] => recorded(file).map(({ seq }) => seq)
const recorded = (file: string): Record<string, unknown>[] => rows(file).filter(({ user }) => user !== 'audit')

/** Two entries on the last of January, two on the first of February. */
async function filled(options: ControlPlaneOptions = {}): Promise<{ dir: string; log: ControlPlaneLog }> {
  const dir = temporary()
  const log = open(dir, options)
  await log.record(login)
  await log.record({ ...login, action: 'auth.login', result: 'failure', ip: '::1' })
  clock.time = '2026-02-01T00:00:00.000Z'
  await log.record({ ...login, user: 'oidc:eve@example.com', action: 'token.create', result: 'denied' })
  await log.record({ user: 'cli:alice', action: 'config.set', result: 'success' })
  return { dir, log }
}

/** Entry 2 opens the segment of the second day. */
async function found(dir: string, query: ControlPlaneQuery): Promise<number[]> {
  const all: number[] = []
  for await (const { seq } of searchControlPlane(dir, query)) all.push(seq)
  return all
}

describe('what is refused', () => {
  it.each([
    ['no user', { user: '' }],
    ['no action', { action: '' }],
    ['a result that is none', { result: 'ok' as 'success' }],
    ['an address that is none', { ip: 'localhost' }],
    ['an address with more', { ip: '127.0.0.1, 10.0.0.1' }],
    ['details that are no object', { details: [] as unknown as { readonly x: 1 } }],
  ])('%s', async (_, change) => {
    const dir = temporary()
    await expect(open(dir).record({ ...login, ...change })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(existsSync(join(dir, 'audit.jsonl'))).toBe(false)
  })
})

describe('whether and where it is', () => {
  it('follows LOKI_HOME, and not LOKI_AUDIT_DIR', () => {
    const home = temporary()
    expect(controlPlaneFolder({ LOKI_HOME: home })).toBe(join(home, 'dashboard', 'audit'))
    expect(controlPlaneFolder({})).toMatch(/\.loki\/dashboard\/audit$/)
    const env = { LOKI_HOME: home, LOKI_AUDIT_DIR: join(home, 'elsewhere') }
    expect(openControlPlaneLog({ env }).enabled).toBe(false)
    expect(openControlPlaneLog({ env: { ...env, LOKI_ENTERPRISE_AUDIT: 'true' } }).dir).toBe(
      join(home, 'dashboard', 'audit'),
    )
  })

  it('is off where auditing is switched off, and then does nothing', async () => {
    const home = temporary()
    const off = openControlPlaneLog({ enabled: true, env: { LOKI_HOME: home, LOKI_AUDIT_DISABLED: 'true' } })
    expect(await off.record(login)).toBeUndefined()
    expect(await off.mirror()).toEqual({ written: [], removed: [], foreign: [] })
    expect(await off.verifyChain()).toMatchObject({ valid: false, enabled: false })
    await off.close()
    expect(readdirSync(home)).toEqual([])
  })
})

describe('the log', () => {
  it('is an audit log: chained, signed, shared by many writers', async () => {
    const dir = temporary()
    const keyDir = join(temporary(), 'keys')
    const logs = [open(dir, { checkpoints: true, keyDir }), open(dir, { checkpoints: true, keyDir })]
    const records = logs.flatMap((log) => Array.from({ length: 20 }, () => log.record(login)))
    const entries = await Promise.all(records)
    expect(new Set(entries.map((entry) => entry?.seq)).size).toBe(40)
    await Promise.all(logs.map((log) => log.close()))
    expect(await verifyLog(dir)).toMatchObject({ valid: true, verdict: 'INTACT', entries: 40 })
    expect(statSync(join(dir, 'audit.jsonl')).mode & 0o777).toBe(0o600)
  })

  it('gives and finds entries in the documented words', async () => {
    const { dir, log } = await filled()
    expect(await log.record(login)).toMatchObject({ ...login, timestamp: clock.time, seq: 5 })
    expect(await found(dir, { user: 'token:*' })).toEqual([0, 1, 5])
    expect(await found(dir, { action: 'auth.*' })).toEqual([1])
    expect(await found(dir, { resource: 'session:s-1', since: '2026-02-01' })).toEqual([3, 5])
    expect(await found(dir, { result: 'denied' })).toEqual([3])
    expect(await found(dir, { result: 'success', last: 2 })).toEqual([4, 5])
    expect(await found(dir, { last: 1 })).toEqual([5])
  })
})

describe('the readable files', () => {
  it('hold each entry of a UTC day once, in the documented words and the older ones', async () => {
    const { dir, log } = await filled()
    expect(await log.mirror()).toMatchObject({ written: ['audit-2026-01-31.jsonl', 'audit-2026-02-01.jsonl'] })
    expect(rows(day(dir, '2026-01-31'))).toEqual([
      {
        ...login,
        timestamp: '2026-01-31T23:59:59.000Z',
        seq: 0,
        hash: expect.stringMatching(/^sha256:/) as string,
        resource_type: 'session',
        resource_id: 's-1',
        user_id: 'token:ci-bot',
        token_id: 'ci-bot',
        ip_address: '127.0.0.1',
        user_agent: 'curl/8',
        success: true,
        error: null,
      },
      expect.objectContaining({ action: 'auth.login', success: false, seq: 1 }),
    ])
    expect(recorded(day(dir, '2026-02-01'))).toMatchObject([
      { result: 'denied', token_id: null },
      { user: 'cli:alice', resource: null, ip: null },
    ])
    expect(statSync(day(dir, '2026-01-31')).mode & 0o777).toBe(0o600)
    expect(await log.mirror()).toMatchObject({ written: [] })
  })

  it('are there soon after a record, and in any case after the log was closed', async () => {
    const { dir } = await filled({ mirrorMs: 10 })
    await expect.poll(() => existsSync(day(dir, '2026-02-01')) && seqs(day(dir, '2026-02-01'))).toEqual([3, 4])
    const other = await filled()
    await other.log.close()
    expect(seqs(day(other.dir, '2026-02-01'))).toEqual([3, 4])
  })

  it.each([
    ['was cut in a line', (text: string) => text.slice(0, -40)],
    ['has a line twice', (text: string) => text + text],
    ['was edited', (text: string) => text.replace('success', 'failure')],
    ['was removed', () => undefined],
  ])('are right again where one %s', async (_, change) => {
    const { dir, log } = await filled()
    await log.mirror()
    const file = day(dir, '2026-02-01')
    const before = readFileSync(file, 'utf8')
    const changed = change(before)
    if (changed === undefined) rmSync(file)
    else writeFileSync(file, changed)
    await log.mirror()
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('of others are left alone, also when they are old, and are named', async () => {
    const { dir, log } = await filled()
    const old = '{"timestamp": "2026-01-31T10:00:00+00:00", "action": "login", "_integrity_hash": "ab"}\n'
    writeFileSync(day(dir, '2026-01-31'), old)
    writeFileSync(day(dir, '2020-01-31'), old)
    writeFileSync(join(dir, 'audit-2020-01-31.101010.jsonl'), old)
    const target = join(temporary(), 'target')
    writeFileSync(target, 'mine')
    symlinkSync(target, day(dir, '2026-02-01'))
    expect(await log.mirror()).toEqual({
      written: [],
      removed: [],
      foreign: ['audit-2026-01-31.jsonl', 'audit-2026-02-01.jsonl'],
    })
    expect(readFileSync(day(dir, '2026-01-31'), 'utf8')).toBe(old)
    expect(readFileSync(target, 'utf8')).toBe('mine')
    expect(existsSync(day(dir, '2020-01-31'))).toBe(true)
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('are kept as long as LOKI_AUDIT_RETENTION_DAYS says', async () => {
    const { dir } = await filled()
    const mirror = async (moment: string, retention: string): Promise<unknown> =>
      mirrorControlPlane(dir, { now: () => new Date(moment), env: { LOKI_AUDIT_RETENTION_DAYS: retention } })
    await mirror('2026-02-01T12:00:00Z', '5')
    expect(await mirror('2026-02-06T12:00:00Z', '5')).toMatchObject({ removed: ['audit-2026-01-31.jsonl'] })
    expect(existsSync(day(dir, '2026-02-01'))).toBe(true)
    expect(await mirror('2026-02-06T12:00:00Z', '0')).toMatchObject({ removed: ['audit-2026-02-01.jsonl'] })
    expect(await found(dir, {})).toHaveLength(5)
  })

  it('keep what the log no longer has', async () => {
    const dir = temporary()
    const log = open(dir, { maxSizeMb: 0.001 })
    for (let count = 0; count < 12; count += 1) await log.record(login)
    await log.close()
    const file = day(dir, '2026-01-31')
    const before = readFileSync(file, 'utf8')
    const later = { now: () => new Date('2026-02-02T12:00:00Z'), env: {} }
    const { segments } = await pruneLog(dir, { ...later, retentionDays: 0, maxFiles: 1 })
    expect(segments.length).toBeGreaterThan(1)
    expect((await mirrorControlPlane(dir, later)).written).toEqual(['audit-2026-02-02.jsonl'])
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('are whole, without a line twice, however often whoever makes them is killed', async () => {
    const dir = temporary()
    const log = openAudit({ dir, enabled: true, env: {}, now: () => new Date('2026-02-01T10:00:00Z') })
    const count = 2000
    await Promise.all(Array.from({ length: count }, () => log.record({ who: 'cli:alice', what: 'config.set' })))
    await log.close()
    const bundle = pathToFileURL(bundleInto(temporary())).href
    const file = day(dir, '2026-02-01')
    for (let trial = 0; trial < 6; trial += 1) {
      rmSync(file, { force: true })
      const child = start([process.execPath, join(import.meta.dirname, 'mirrorer.mjs'), bundle, dir])
      await child.saw('began')
      await sleep(trial * 7)
      child.process.kill('SIGKILL')
      await child.ended
      if (existsSync(file)) expect(seqs(file)).toEqual(Array.from({ length: count }, (_, seq) => seq))
    }
    const old = new Date(Date.now() - 2 * 3_600_000)
    for (const name of readdirSync(dir)) if (name.endsWith('.new')) utimesSync(join(dir, name), old, old)
    await mirrorControlPlane(dir, { now: () => new Date('2026-02-01T12:00:00Z'), env: {} })
    expect(seqs(file)).toEqual(Array.from({ length: count }, (_, seq) => seq))
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('escape what a terminal would act on', async () => {
    const dir = temporary()
    const log = open(dir)
    await log.record({ ...login, user: 'cli:\u202eeve\u009b31m' })
    await log.mirror()
    // eslint-disable-next-line no-control-regex -- that is what must not be there
    expect(readFileSync(day(dir, '2026-01-31'), 'utf8')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(rows(day(dir, '2026-01-31'))[0]?.user).toBe('cli:\u202eeve\u009b31m')
  })

  it('that cannot be made are told of, and the record stands', async () => {
    const codes: string[] = []
    const dir = temporary()
    const log = open(dir, { mirrorMs: 20, onMirrorError: ({ code }) => codes.push(code) })
    expect(await log.record(login)).toMatchObject({ seq: 0 })
    appendFileSync(join(dir, 'audit.jsonl'), 'garbage\n')
    await expect.poll(() => codes).toEqual(['LOG_DAMAGED'])
    await expect(log.mirror()).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  })
})
