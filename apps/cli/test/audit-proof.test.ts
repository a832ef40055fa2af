import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const old = join(place.root, 'old.checkpoint')
const proof = join(place.root, 'entry.tlog-proof')
const growth = join(place.root, 'growth.proof')

async function record(count: number): Promise<void> {
  const log = openAudit({ dir, enabled: true, env: place.env, checkpoints: true })
  for (let number = 0; number < count; number += 1) {
    await log.record({ who: 'agent:claude/s1', what: 'action.decided', where: `file-${number}` })
  }
  await log.close()
}

async function publicKey(): Promise<string> {
  return (await place.loki(['audit', 'key'])).stdout.trim()
}

beforeAll(async () => {
  const before = await place.loki(['audit', 'key'])
  expect(before.code).toBe(1)
  await record(5)
  copyFileSync(join(dir, 'checkpoint'), old)
  await record(8)
})
afterAll(() => place.remove())

it('prints the public key, and keeps the private one to its user', async () => {
  const { code, stdout } = await place.loki(['audit', 'key', '--json'])
  expect(code).toBe(0)
  const found = JSON.parse(stdout) as { vkey: string; file: string }
  expect(found.vkey).toMatch(/^loki-audit-owner\+[0-9a-f]{8}\+/)
  expect(found.file).toBe(join(place.home, '.loki', 'audit-keys', 'owner.pem'))
  expect(statSync(found.file).mode & 0o777).toBe(0o600)
})

it.each([
  ['an entry that is not signed yet', ['prove', '13'], 1],
  ['something that is no number', ['prove', 'x'], 2],
  ['a checkpoint that is not there', ['consistency', 'nowhere'], 2],
])('refuses to prove %s', async (_, args, expected) => {
  expect((await place.loki(['audit', ...args])).code).toBe(expected)
})

it('proves an entry to whoever has the file and the key, and to nobody else', async () => {
  expect((await place.loki(['audit', 'prove', '6', '-o', proof])).code).toBe(0)
  const good = await place.loki(['audit', 'verify-proof', proof, '--key', await publicKey()])
  expect(good.stdout).toMatch(/^✓ proven {2}entry 6 is in the log of 13/)
  expect(good.code).toBe(0)

  const forged = join(place.root, 'forged.tlog-proof')
  writeFileSync(forged, readFileSync(proof, 'utf8').replace('index 6', 'index 7'))
  expect((await place.loki(['audit', 'verify-proof', forged, '--key', await publicKey()])).code).toBe(7)
  expect((await place.loki(['audit', 'verify-proof', proof, '--key', 'nonsense'])).code).toBe(2)
})

it('proves that the log only grew since an older checkpoint', async () => {
  expect((await place.loki(['audit', 'consistency', old, '-o', growth])).code).toBe(0)
  const args = ['audit', 'verify-proof', growth, '--key', await publicKey()]
  expect((await place.loki(args)).code).toBe(2)
  const good = await place.loki([...args, '--old', old])
  expect(good.stdout).toMatch(/^✓ proven {2}the log of \d+, .*begins with all 5/)
  const other = await place.loki([...args, '--old', join(dir, 'checkpoint')])
  expect(other.code).toBe(7)
})
