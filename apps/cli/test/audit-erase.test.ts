import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAudit, recordPersonal } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import { Place } from './loki.js'

const state = { place: new Place() }

beforeEach(async () => {
  state.place = new Place()
  const log = openAudit({ dir: dir(), enabled: true, env: {} })
  await recordPersonal(log, { who: 'cli:alice', what: 'note.taken' }, { name: 'Carol' })
  await log.record({ who: 'cli:alice', what: 'other' })
  await log.close()
})
afterEach(() => state.place.remove())

const dir = (): string => join(state.place.project, '.loki', 'audit')
const blobs = (): string[] => readdirSync(join(dir(), 'personal'))
const last = (): AuditEntry =>
  JSON.parse(readFileSync(join(dir(), 'audit.jsonl'), 'utf8').trimEnd().split('\n').at(-1) ?? '') as AuditEntry // of the log
const loki = (...args: string[]): ReturnType<Place['loki']> => state.place.loki(['audit', ...args])

it.each([
  ['without a reason', ['erase', '0', '--yes'], 2],
  ['with an empty reason', ['erase', '0', '--yes', '--reason', ' '], 2],
  ['where nobody can be asked', ['erase', '0', '--reason', 'r'], 2],
  ['of an entry that has none', ['erase', '1', '--yes', '--reason', 'r'], 1],
  ['of an entry that is not there', ['erase', '99', '--yes', '--reason', 'r'], 1],
])('erases nothing %s', async (_, args, expected) => {
  expect((await loki(...args)).code).toBe(expected)
  expect(blobs()).toHaveLength(1)
  expect(last().what).toBe('other')
})

it('shows a personal payload only when asked to, and that is on the log', async () => {
  expect((await loki('show', '0')).stdout).not.toContain('Carol')
  expect((await loki('export')).stdout).not.toContain('Carol')
  const shown = await loki('show', '0', '--personal')
  expect(shown.stdout).toContain('{"name":"Carol"}')
  expect(shown.code).toBe(0)
  expect(last()).toMatchObject({ what: 'audit.read', metadata: { command: 'show', personal: true } })
  expect((await loki('show', '1', '--personal')).stdout).toContain('no personal payload')
})

it('erases a payload for good, and the log verifies', async () => {
  const erased = await loki('erase', '0', '--reason', 'request 17', '--requested-by', 'dsr-17', '--yes')
  expect(erased).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/entry 0 is erased; entry 2 says so/) as string,
  })
  expect(erased.stderr).toContain('backups')
  expect(blobs()).toEqual([])
  expect(last()).toMatchObject({ what: 'erasure', why: 'request 17', metadata: { requested_by: 'dsr-17', seq: 0 } })
  expect((await loki('show', '0', '--personal')).stdout).toContain('erased, says entry 2')
  expect((await loki('verify')).code).toBe(0)
  const again = await loki('erase', '0', '--reason', 'again', '--yes', '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({ removed: false, record: { seq: 2 } })
})

it('ends with 7 where a payload is not what the log commits to', async () => {
  const file = join(dir(), 'personal', blobs()[0] ?? '')
  writeFileSync(file, readFileSync(file, 'utf8').replace('Carol', 'Mallo'))
  const { code, stdout } = await loki('show', '0', '--personal')
  expect(stdout).toContain('ALTERED')
  expect(stdout).not.toContain('Mallo')
  expect(code).toBe(7)
})

it('sweeps nothing that belongs to an entry', async () => {
  const { code, stdout } = await loki('sweep')
  expect(stdout).toMatch(/^Removed 0 payloads of no entry, .*; 1 kept\./)
  expect(code).toBe(0)
  expect(last().what).toBe('other')
})
