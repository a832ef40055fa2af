import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAudit } from '@loki/audit'
import { loopback } from './loopback.js'
import type { Loopback } from './loopback.js'
import { main, Place } from './loki.js'

const TOKEN = 'c0ffee-very-secret'
const place = new Place()
const dir = join(place.project, '.loki', 'audit')
let isDown = false
let server: Loopback

async function record(count: number): Promise<void> {
  const log = openAudit({ dir, enabled: true, env: place.env })
  for (let number = 0; number < count; number += 1) {
    await log.record({ who: 'agent:claude/s1', what: 'action.decided', where: `file-${number}` })
  }
  await log.close()
}

const splunk = (url: string): Record<string, string> => ({ LOKI_AUDIT_SPLUNK_URL: url, LOKI_AUDIT_SPLUNK_TOKEN: TOKEN })
/** The entries that the receiver got, in order. */
const seqs = (): number[] =>
  server.bodies.flatMap((body) => [...body.matchAll(/"fields":\{"seq":"(\d+)"/g)].map(([, seq]) => Number(seq)))

beforeAll(async () => {
  server = await loopback(() =>
    isDown ? { status: 503, body: { text: `busy ${TOKEN}` } } : { status: 200, body: { text: 'Success', code: 0 } },
  )
})
afterAll(async () => {
  await server.close()
  await place.remove()
})

describe('loki audit forward test', () => {
  it('without a receiver says which variables name one', async () => {
    const { code, stderr, stdout } = await place.loki(['audit', 'forward', 'test'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('LOKI_AUDIT_SYSLOG_HOST')
  })

  it('refuses a receiver that is not configured, and a malformed variable', async () => {
    const other = await place.loki(['audit', 'forward', 'test', 'otlp'], { env: splunk(server.url) })
    expect(other.code).toBe(2)
    expect(other.stderr).toContain('splunk')
    const malformed = await place.loki(['audit', 'forward', 'test'], { env: splunk('nowhere') })
    expect(malformed.code).toBe(2)
    expect(malformed.stderr).toContain('LOKI_AUDIT_SPLUNK_URL')
  })

  it('tells the answer of a receiver that does not take it, without the token, and ends with 1', async () => {
    isDown = true
    const { code, stdout, stderr } = await place.loki(['audit', 'forward', 'test'], { env: splunk(server.url) })
    isDown = false
    expect(code).toBe(1)
    expect(stdout).toContain('HTTP 503')
    expect(stdout).toContain('[redacted]')
    expect(`${stdout}${stderr}`).not.toContain(TOKEN)
  })

  it('really sends one record, which is on no log', async () => {
    server.bodies.length = 0
    const { code, stdout } = await place.loki(['audit', 'forward', 'test', '--json'], { env: splunk(server.url) })
    expect(code).toBe(0)
    const result = JSON.parse(stdout) as { ok: boolean; hash: string; destination: string }
    expect(result).toMatchObject({ ok: true, target: 'splunk', destination: server.url })
    expect(server.bodies).toHaveLength(1)
    expect(server.bodies[0]).toContain(result.hash)
    expect(server.bodies[0]).toContain('forward.tested')
    expect((await place.loki(['audit', 'count'])).stdout).not.toContain('1')
  })
})

describe('loki audit forward run', () => {
  it('--once ends with 1 while the receiver is down, and with 0 when it has everything, once', async () => {
    await record(3)
    server.bodies.length = 0
    isDown = true
    const down = await place.loki(['audit', 'forward', 'run', '--once'], { env: splunk(server.url) })
    expect(down.code).toBe(1)
    expect(`${down.stdout}${down.stderr}`).not.toContain(TOKEN)
    isDown = false
    server.bodies.length = 0
    const up = await place.loki(['audit', 'forward', 'run', '--once', '--json'], { env: splunk(server.url) })
    expect(up.code).toBe(0)
    expect(JSON.parse(up.stdout)).toMatchObject({ target: 'splunk', delivered: 3, lag: 0, failure: null })
    await place.loki(['audit', 'forward', 'run', '--once'], { env: splunk(server.url) })
    expect(seqs()).toEqual([0, 1, 2])
  })

  it('goes on with new entries until it is ended, and the next run begins behind them', async () => {
    server.bodies.length = 0
    const env = { ...place.env, ...splunk(server.url) }
    const child = spawn(process.execPath, [main, 'audit', 'forward', 'run'], {
      cwd: place.project,
      env,
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    await record(2)
    while (seqs().length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
    await record(1)
    while (seqs().length < 3) await new Promise((resolve) => setTimeout(resolve, 20))
    child.kill('SIGTERM')
    expect(await ended).toEqual([143, null])
    expect(seqs()).toEqual([3, 4, 5])
    const cursor = JSON.parse(readFileSync(join(dir, 'forward', 'splunk', 'cursor.json'), 'utf8')) as unknown
    expect(cursor).toMatchObject({ cursor: { seq: 5 }, delivered: 6 })
    const status = await place.loki(['audit', 'forward', 'status'], { env: splunk(server.url) })
    expect(status.stdout).toMatch(/splunk +0 +6 +0 +0 /)
  })
})
