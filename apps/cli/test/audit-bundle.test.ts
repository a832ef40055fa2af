import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import type { AuditEntry } from '@loki/audit'
import { Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const out = join(place.root, 'bundle.tar.gz')
const log = (): string => readFileSync(join(dir, 'audit.jsonl'), 'utf8')
const last = (): AuditEntry => JSON.parse(log().trimEnd().split('\n').at(-1) ?? '') as AuditEntry // of the log
const loki = (...args: string[]): ReturnType<Place['loki']> => place.loki(['audit', 'bundle', ...args])

beforeAll(async () => {
  const audit = openAudit({ dir, enabled: true, env: place.env, checkpoints: true })
  for (const decision of ['ALLOW', 'DENY', 'ALLOW']) {
    const metadata = { session: 's1', kind: 'command', decision, digest: decision }
    await audit.record({ who: 'agent:claude/s1', what: 'action.decided', where: 'npm test', metadata })
  }
  await audit.close()
})
afterAll(() => place.remove())

it.each([
  ['an unknown standard', ['--standard', 'hipaa', '-o', out], 2],
  ['no standard', ['-o', out], 2],
  ['no file', ['--standard', 'soc2'], 2],
  ['an existing file', ['--standard', 'soc2', '-o', join(dir, 'audit.jsonl')], 2],
  ['a malformed date', ['--standard', 'soc2', '-o', out, '--from', 'last week'], 2],
  ['a malformed key', ['--standard', 'soc2', '-o', out, '--key', 'x'], 2],
])('refuses %s', async (_, args, expected) => {
  const before = log()
  const { code, stdout } = await loki(...args)
  expect(stdout).toBe('')
  expect(code).toBe(expected)
  expect(existsSync(out)).toBe(false)
  expect(log()).toBe(before)
})

it('writes one file that its owner alone reads, and that is on the log by its digest', async () => {
  const key = (await place.loki(['audit', 'key'])).stdout.trim()
  const { code, stdout, stderr } = await loki('--standard', 'soc2', '-o', out, '--key', key)
  expect(stderr).toContain(`sh loki-soc2-`)
  expect(stdout).toMatch(/bundle\.tar\.gz: \d+ bytes, sha256 [0-9a-f]{64}/)
  expect(code).toBe(0)
  expect(statSync(out).mode & 0o777).toBe(0o600)
  const sha256 = createHash('sha256').update(readFileSync(out)).digest('hex')
  expect(last()).toMatchObject({ what: 'audit.read', metadata: { command: 'bundle', standard: 'soc2', sha256 } })

  const [name = ''] = execFileSync('tar', ['-tzf', out], { encoding: 'utf8' }).split('/')
  execFileSync('tar', ['-xzf', out], { cwd: place.root })
  const { stdout: version } = spawnSync('openssl', ['version'], { encoding: 'utf8' })
  if (!/^OpenSSL ([3-9]|\d\d)/.test(version)) {
    console.warn('verify.sh was not run: it needs openssl 3')
    return
  }
  const verified = spawnSync('sh', [join(place.root, name, 'verify.sh'), key], { encoding: 'utf8' })
  expect(verified.stdout).toContain('ok  3 of 3 entries shown are in the log that was signed')
  expect(verified.status).toBe(0)
})

it('ends with 7 on a broken chain, and adds nothing to it', async () => {
  const broken = log().replace('npm test', 'npm text')
  const copy = join(place.root, 'copy')
  execFileSync('cp', ['-r', dir, copy])
  writeFileSync(join(copy, 'audit.jsonl'), broken)
  const file = join(place.root, 'broken.tar.gz')
  const run = await place.loki(['audit', 'bundle', '--standard', 'soc2', '-o', file, '--json'], {
    env: { LOKI_AUDIT_DIR: copy },
  })
  expect(JSON.parse(run.stdout)).toMatchObject({ proven: 0, gap: expect.stringContaining('does not verify') as string })
  expect(run.code).toBe(7)
  expect(readFileSync(join(copy, 'audit.jsonl'), 'utf8')).toBe(broken)
})
