import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openControlPlaneLog } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.home, '.loki', 'dashboard', 'audit')
const file = join(dir, 'audit.jsonl')
const days = (): string[] => readdirSync(dir).filter((name) => /^audit-\d{4}-\d{2}-\d{2}\.jsonl$/.test(name))
const last = (): AuditEntry => JSON.parse(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '') as AuditEntry // of the log

beforeAll(async () => {
  const log = openControlPlaneLog({ enabled: true, env: place.env })
  await log.record({ user: 'token:ci', action: 'session.start', resource: 'session:s-1', result: 'success' })
  await log.record({ user: 'token:ci', action: 'token.create', resource: 'token:t', result: 'denied' })
  await log.close()
})
afterAll(() => place.remove())

it('is another log than that of the project', async () => {
  expect((await place.loki(['enterprise', 'audit', 'tail'])).stdout).not.toContain('session.start')
  const { stdout, code } = await place.loki(['enterprise', 'audit', 'tail', '--control-plane', '--who', 'token:*'])
  expect(stdout).toMatch(/session\.start.*\n.*token\.create/)
  expect(code).toBe(0)
})

it('is summed up in the shape of the API, and reading it is on it', async () => {
  const { stdout } = await place.loki(['enterprise', 'audit', 'summary', '--control-plane', '--json'])
  expect(JSON.parse(stdout)).toMatchObject({
    failed_events: 1,
    by_action: { 'session.start': 1, 'token.create': 1 },
    by_user: { 'token:ci': 2 },
  })
  expect(last()).toMatchObject({ what: 'audit.read', metadata: { command: 'summary' } })
  expect(existsSync(join(place.project, '.loki', 'audit'))).toBe(false)
})

it('gets its daily files again, and those of others are left alone', async () => {
  for (const name of days()) rmSync(join(dir, name))
  expect((await place.loki(['audit', 'mirror', '--control-plane'])).stdout).toMatch(/[12] files? written, 0 removed/)
  const [name = ''] = days()
  expect(readFileSync(join(dir, name), 'utf8')).toContain('"action":"session.start","user":"token:ci"')
  writeFileSync(join(dir, name), '{"_integrity_hash":"ab"}\n')
  const { stderr } = await place.loki(['audit', 'mirror', '--control-plane'])
  expect(stderr).toMatch(/left alone; loki audit import reads it/)
  expect(readFileSync(join(dir, name), 'utf8')).toBe('{"_integrity_hash":"ab"}\n')
})

it('verifies like every other log', async () => {
  expect((await place.loki(['audit', 'verify', dir])).code).toBe(0)
})
