import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openForwarding, testTarget } from '../../packages/audit/src/forward/index.js'
import type { Forwarding, SyslogProtocol, SyslogTarget } from '../../packages/audit/src/forward/index.js'
import { openAudit } from '../../packages/audit/src/index.js'
import type { AuditInput } from '../../packages/audit/src/index.js'
import { reasonToSkip, rsyslog } from './rsyslog.js'
import type { Rsyslog } from './rsyslog.js'

const skipped = reasonToSkip()
if (skipped !== undefined) process.stderr.write(`\nSKIPPED the real rsyslog: ${skipped}\n`)

let server: Rsyslog
let dir: string

beforeAll(async () => {
  if (skipped !== undefined) return
  server = await rsyslog()
})

afterAll(async () => {
  if (skipped === undefined) await server.remove()
})

function targetOf(protocol: SyslogProtocol, changes: Partial<SyslogTarget> = {}): SyslogTarget {
  const { caFile } = server
  const port = server.ports[protocol]
  const host = protocol === 'tls' ? 'localhost' : '127.0.0.1'
  return { kind: 'syslog', host, port, protocol, format: 'json', maxBytes: 8192, caFile, ...changes }
}

async function fill(inputs: readonly AuditInput[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'loki-forward-'))
  dir = folder
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const log = openAudit({ dir, enabled: true, env: {} })
  const entries = await Promise.all(inputs.map((input) => log.record(input)))
  await log.close()
  return entries.map((entry) => entry?.hash ?? '')
}

function many(count: number): AuditInput[] {
  return Array.from({ length: count }, (_, index) => ({
    who: 'agent:claude/ses-1',
    what: 'action.decided',
    where: 'npm test',
    metadata: { decision: 'ALLOW', kind: 'command', command: 'npm test', index },
  }))
}

function forwarding(target: SyslogTarget): Forwarding {
  const opened = openForwarding({ dir, env: {}, targets: [target], backoff: { firstMs: 20, mostMs: 200 }, pollMs: 20 })
  onTestFinished(() => opened.close())
  return opened
}

/** Hashes that arrived since the test began, waited for until all are there or nothing more comes. */
async function arrived(hashes: readonly string[]): Promise<string[]> {
  const wanted = new Set(hashes)
  for (let tries = 0; ; tries++) {
    const found = server
      .lines()
      .map((line) => /hash="(sha256:[0-9a-f]{64})"/.exec(line)?.[1] ?? '')
      .filter((hash) => wanted.has(hash))
    if (new Set(found).size === wanted.size || tries === 100) return found
    await sleep(50)
  }
}

describe.skipIf(skipped !== undefined)('the real rsyslog', () => {
  beforeAll(() => server.start())

  test.each(['udp', 'tcp', 'tls', 'relp'] as const)('gets every entry once over %s, in order', async (protocol) => {
    const hashes = await fill(many(2_000))
    const [status] = await forwarding(targetOf(protocol)).drain()
    expect(status).toMatchObject({ lag: 0, delivered: 2_000, cut: 0, refused: 0, failure: null })
    expect(await arrived(hashes)).toEqual(hashes)
  })

  test.each(['udp', 'tcp', 'tls', 'relp'] as const)(
    'makes one line of an entry with line breaks and brackets over %s',
    async (protocol) => {
      const who = 'agent:x"] forged=1\n<110>1 - evil - - - -\u0000 \u2028 ü'
      const hashes = await fill([{ who, what: 'a\nb', where: 'c\r\nd', why: '|]"=\\', metadata: { 'k\n': '\n1 2\n' } }])
      const before = server.lines().length
      await forwarding(targetOf(protocol)).drain()
      expect(await arrived(hashes)).toEqual(hashes)
      const lines = server.lines().slice(before)
      expect(lines).toHaveLength(1)
      const message = (lines[0] ?? '').slice((lines[0] ?? '').indexOf('{')).replaceAll('#012', '\n')
      expect(JSON.parse(message)).toMatchObject({ who, hash: hashes[0] })
    },
  )

  test('an entry of 60 kB arrives cut by default, with hash and place, and whole where the limit allows it', async () => {
    const hashes = await fill([{ who: 'a', what: 'b', metadata: { large: 'x'.repeat(60_000) } }])
    const [cut] = await forwarding(targetOf('relp')).drain()
    expect(cut).toMatchObject({ delivered: 1, cut: 1 })
    expect(await arrived(hashes)).toHaveLength(1)
    expect(server.lines().at(-1)).toMatch(/"cut":\{"bytes":60\d{3},"pointer":"audit\.jsonl#0"\}/)
    await fill([{ who: 'a', what: 'b', metadata: { large: 'x'.repeat(60_000) } }])
    const [whole] = await forwarding(targetOf('relp', { maxBytes: 200_000 })).drain()
    expect(whole).toMatchObject({ delivered: 1, cut: 0 })
  })

  test('a certificate that nobody vouches for, or of another name, gets nothing', async () => {
    const hashes = await fill(many(3))
    const [unknown] = await forwarding(targetOf('tls', { caFile: undefined })).drain()
    expect(unknown).toMatchObject({ delivered: 0, lag: 3 })
    expect(unknown?.failure?.reason).toMatch(/self.signed/i)
    const other = await testTarget(targetOf('tls', { host: '127.0.0.1' }))
    expect(other).toMatchObject({ ok: false })
    expect(other.answer).toMatch(/ALTNAME|does not match/)
    expect(server.lines().join()).not.toContain(hashes[0])
  })

  test('answers a test record over RELP, and nobody claims so over the others', async () => {
    expect(await testTarget(targetOf('relp'))).toMatchObject({ ok: true, acknowledged: true, answer: '200 OK' })
    for (const protocol of ['udp', 'tcp', 'tls'] as const) {
      const result = await testTarget(targetOf(protocol))
      expect(result).toMatchObject({ ok: true, acknowledged: false })
      expect(result.answer).toMatch(/nobody answers|no acknowledgement/)
      expect(await arrived([result.hash])).toEqual([result.hash])
    }
  })

  test.each(['tcp', 'relp'] as const)(
    'loses nothing over %s when it is killed in the middle and comes back',
    async (protocol) => {
      const hashes = await fill(many(15_000))
      const opened = forwarding(targetOf(protocol))
      opened.start()
      while (((await opened.status())[0]?.delivered ?? 0) < 2_000) await sleep(5)
      await server.stop('SIGKILL')
      await sleep(300)
      await server.start()
      while (((await opened.status())[0]?.lag ?? 1) > 0) await sleep(20)
      expect(new Set(await arrived(hashes)).size).toBe(15_000)
    },
  )
})
