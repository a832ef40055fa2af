import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import { main, Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'audit')
const folder = join(place.root, 'witness')
const copy = join(place.root, 'copy')
const before = join(place.root, 'before')
const repository = join(place.root, 'audit.git')
let witness: ReturnType<typeof spawn>
let variables: Record<string, string>

async function record(count: number): Promise<void> {
  const log = openAudit({ dir, enabled: true, env: place.env, checkpoints: true })
  for (let number = 0; number < count; number += 1) {
    await log.record({ who: 'agent:claude/s1', what: 'action.decided', where: `file-${number}` })
  }
  await log.close()
}

/** Starts `loki audit witness serve` on a free port and reads its address and key. */
async function serve(): Promise<void> {
  const args = ['audit', 'witness', 'serve', '--folder', folder, '--port', '0', '--json']
  witness = spawn(process.execPath, [main, ...args], { env: place.env, stdio: ['ignore', 'pipe', 'inherit'] })
  if (witness.stdout === null) throw new Error('expected a pipe')
  const [line] = (await once(createInterface(witness.stdout), 'line')) as [string]
  const { url, key } = JSON.parse(line) as { url: string; key: string }
  variables = { LOKI_AUDIT_ANCHOR_WITNESS_URL: url, LOKI_AUDIT_ANCHOR_WITNESS_KEY: key }
}

beforeAll(async () => {
  await serve()
  execFileSync('git', ['init', '--quiet', '--bare', repository])
})
afterAll(async () => {
  witness.kill('SIGKILL')
  await place.remove()
})

it('without an anchor, or without a checkpoint, there is nothing to do', async () => {
  const none = await place.loki(['audit', 'anchor'])
  expect(none.code).toBe(1)
  expect(none.stderr).toContain('LOKI_AUDIT_ANCHOR_WITNESS_URL')
  const unsigned = await place.loki(['audit', 'anchor'], { env: variables })
  expect(unsigned.code).toBe(1)
  expect(unsigned.stderr).toContain('LOKI_AUDIT_CHECKPOINTS')
  const malformed = await place.loki(['audit', 'anchor'], { env: { ...variables, LOKI_AUDIT_ANCHOR_WITNESS_KEY: 'x' } })
  expect(malformed.code).toBe(2)
})

it('a witness refuses what is no key, a host that is not loopback, and a log that it does not know', async () => {
  expect((await place.loki(['audit', 'witness', 'add', 'nonsense', '--folder', folder])).code).toBe(2)
  const remote = await place.loki(['audit', 'witness', 'serve', '--host', '0.0.0.0', '--folder', `${folder}-2`])
  expect(remote.code).toBe(2)
  expect(remote.stderr).toContain('--remote')
  await record(5)
  const unknown = await place.loki(['audit', 'anchor', '--json'], { env: variables })
  expect(unknown.code).toBe(1)
  expect(JSON.parse(unknown.stdout)).toMatchObject({ kind: 'witness', ok: false, code: 'ANCHOR_FAILED' })
})

it('a witness takes up a log that is added, and every anchor gets the checkpoint', async () => {
  const key = (await place.loki(['audit', 'key'])).stdout.trim()
  expect((await place.loki(['audit', 'witness', 'add', key, '--folder', folder])).code).toBe(0)
  const env = { ...variables, LOKI_AUDIT_ANCHOR_FILE: copy, LOKI_AUDIT_ANCHOR_GIT: repository }
  const { code, stdout } = await place.loki(['audit', 'anchor', '--json'], { env })
  expect(code).toBe(0)
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; ok: boolean })
  expect(results.map(({ kind, ok }) => `${kind} ${ok}`)).toEqual(['witness true', 'git true', 'file true'])
  expect(readFileSync(copy, 'utf8')).toBe(readFileSync(join(dir, 'checkpoint'), 'utf8'))
  expect(execFileSync('git', ['rev-list', '--count', 'refs/loki/audit'], { cwd: repository, encoding: 'utf8' })).toBe(
    '1\n',
  )
  expect(statSync(join(folder, 'witness.key')).mode & 0o777).toBe(0o600)

  const list = await place.loki(['audit', 'anchor', 'list'])
  expect(list.code).toBe(0)
  expect(list.stdout).toMatch(/ 5 +witness +loki-witness/)
  expect(list.stdout).toContain('same device')
  const seen = await place.loki(['audit', 'witness', 'list', '--folder', folder, '--json'])
  expect(JSON.parse(seen.stdout)).toMatchObject({ size: 5, key })
})

it('an older log that was put back is found out by every anchor: exit code 7', async () => {
  cpSync(dir, before, { recursive: true })
  await record(4)
  const env = { ...variables, LOKI_AUDIT_ANCHOR_FILE: copy, LOKI_AUDIT_ANCHOR_GIT: repository }
  expect((await place.loki(['audit', 'anchor'], { env })).code).toBe(0)
  rmSync(dir, { recursive: true })
  cpSync(before, dir, { recursive: true })
  const { code, stdout } = await place.loki(['audit', 'anchor'], { env })
  expect(code).toBe(7)
  expect(stdout.match(/✗ failed/g)).toHaveLength(3)
  const list = await place.loki(['audit', 'anchor', 'list'])
  expect(list.code).toBe(7)
  expect(list.stderr.match(/ failed: /g)).toHaveLength(3)
  const verified = await place.loki(['audit', 'verify', '--anchor', copy, '--json'])
  expect(verified.code).toBe(7)
  expect(JSON.parse(verified.stdout)).toMatchObject({ verdict: 'TRUNCATED' })
})

it('a receipt that cannot be read is told', async () => {
  const file = join(before, 'anchors', 'file-x-00000000.jsonl')
  writeFileSync(file, 'nonsense\n')
  const { code, stderr } = await place.loki(['audit', 'anchor', 'list'], { env: { LOKI_AUDIT_DIR: before } })
  expect(code).toBe(1)
  expect(stderr).toContain('file-x-00000000.jsonl')
})

it('a witness that is ended gives its folder up', async () => {
  const ended = once(witness, 'exit')
  witness.kill('SIGTERM')
  expect(await ended).toEqual([143, null])
  await serve()
})
