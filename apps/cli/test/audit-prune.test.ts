import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const now = { LOKI_AUDIT_RETENTION_DAYS: '0', LOKI_AUDIT_MAX_FILES: '2' }

beforeAll(async () => {
  const audit = openAudit({ dir, enabled: true, env: {}, maxSizeMb: 0.001 })
  for (let number = 0; number < 20; number += 1) await audit.record({ who: 'agent:claude/s1', what: 'action.decided' })
  await audit.close()
})
afterAll(() => place.remove())

it('refuses a retention that is no number, and prunes nothing that is young', async () => {
  const malformed = await place.loki(['audit', 'prune'], { env: { LOKI_AUDIT_RETENTION_DAYS: 'a month' } })
  expect(malformed.code).not.toBe(0)
  expect(malformed.stderr).toContain('LOKI_AUDIT_RETENTION_DAYS')
  const young = await place.loki(['audit', 'prune'])
  expect(young).toMatchObject({ code: 0 })
  expect(young.stdout).toContain('Nothing to prune')
})

it('says what would go, lets it go, and the log still verifies, also fast', async () => {
  const dry = await place.loki(['audit', 'prune', '--dry-run', '--json'], { env: now })
  const { segments } = JSON.parse(dry.stdout) as { readonly segments: readonly unknown[] }
  expect(segments.length).toBeGreaterThan(2)
  const pruned = await place.loki(['audit', 'prune'], { env: now })
  expect(pruned.stdout).toContain(`Pruned ${segments.length} segments`)
  expect(pruned.stdout).toContain('segment 1: entries 0 to')
  const verified = await place.loki(['audit', 'verify', '--fast'])
  expect(verified.code).toBe(0)
  expect(verified.stdout).toContain('were pruned under the tombstone at seq')
})
