import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openForwarding } from '../../src/forward/index.js'
import type { Forwarding } from '../../src/forward/index.js'
import { bundleInto } from '../children/bundle.js'
import { start } from '../children/process.js'
import { fill, linesOf, openLog, parse, rehash, temporary, writeLines } from '../folder.js'
import { RelpReceiver } from './relp-server.js'
import { httpServer, tcpServer } from './servers.js'

const BUILD = mkdtempSync(join(tmpdir(), 'loki-forward-build-'))

beforeAll(() => {
  bundleInto(BUILD)
})

afterAll(() => {
  rmSync(BUILD, { recursive: true, force: true })
})

/** A RELP receiver and the variables that name it. */
async function receiver(): Promise<{ messages: string[]; env: NodeJS.ProcessEnv }> {
  const relp = new RelpReceiver()
  const { port } = await tcpServer((socket) => {
    relp.accept(socket)
  })
  const env = {
    LOKI_AUDIT_SYSLOG_HOST: '127.0.0.1',
    LOKI_AUDIT_SYSLOG_PORT: `${port}`,
    LOKI_AUDIT_SYSLOG_PROTO: 'relp',
  }
  return { messages: relp.messages, env }
}

function open(dir: string, env: NodeJS.ProcessEnv): Forwarding {
  const opened = openForwarding({ dir, env, pollMs: 5, backoff: { firstMs: 5, mostMs: 50 } })
  onTestFinished(() => opened.close())
  return opened
}

function seqs(messages: readonly string[]): number[] {
  return messages.map((message) => Number(/ seq="(\d+)"/.exec(message)?.[1] ?? -1))
}

test('an entry that was changed is not sent, nor what is behind it', async () => {
  const dir = temporary()
  const lines = await fill(dir, 10)
  writeLines(
    dir,
    lines.map((line, at) => (at === 6 ? line.replace('"where":"/p"', '"where":"/q"') : line)),
  )
  const { messages, env } = await receiver()
  const opened = open(dir, env)
  await opened.drain()
  const [status] = await opened.drain()
  expect(seqs(messages)).toEqual([0, 1, 2, 3, 4, 5])
  expect(status?.failure?.reason).toMatch(/entry 6 .*does? not|its hash is not/)
})

test.each([
  ['cut', (lines: string[]) => lines.slice(0, 3)],
  ['rewritten', (lines: string[]) => [...lines.slice(0, 4), rehash((lines[4] ?? '').replace('/p', '/q'))]],
  ['removed', undefined],
])('a log that was %s behind what was sent is told, and nothing of it is sent', async (_, change) => {
  const dir = temporary()
  const lines = await fill(dir, 5)
  const { messages, env } = await receiver()
  const opened = open(dir, env)
  expect(await opened.drain()).toMatchObject([{ cursor: { seq: 4 }, failure: null }])
  if (change === undefined) rmSync(join(dir, 'audit.jsonl'))
  else writeLines(dir, change(lines))
  const [status] = await opened.drain()
  expect(status?.failure?.reason).toMatch(/expected entry 4 \(sha256:/)
  expect(messages).toHaveLength(5)
})

test('a damaged cursor is an error, and not the beginning', async () => {
  const dir = temporary()
  await fill(dir, 2)
  const { messages, env } = await receiver()
  const first = open(dir, env)
  await first.drain()
  await first.close()
  writeFileSync(join(dir, 'forward', 'syslog', 'cursor.json'), '{"version":1,"seq":')
  await expect(open(dir, env).status()).rejects.toMatchObject({ code: 'READ_FAILED' })
  expect(messages).toHaveLength(2)
})

test('a second process waits while one forwards, and goes on where that one ended', async () => {
  const dir = temporary()
  await fill(dir, 3)
  const { messages, env } = await receiver()
  const first = open(dir, env)
  await first.drain()
  const second = open(dir, env)
  expect((await second.drain())[0]?.failure?.reason).toContain('another process')
  const log = openLog(dir)
  await log.record({ who: 'a', what: 'b' })
  await first.drain()
  await first.close()
  await log.record({ who: 'a', what: 'c' })
  expect(await second.drain()).toMatchObject([{ cursor: { seq: 4 }, failure: null, delivered: 5 }])
  expect(seqs(messages)).toEqual([0, 1, 2, 3, 4])
})

test('the cursor survives, is private, and lets a later one begin where the former ended', async () => {
  const dir = temporary()
  const lines = await fill(dir, 700)
  const { messages, env } = await receiver()
  const first = open(dir, env)
  await first.drain()
  await first.close()
  const file = join(dir, 'forward', 'syslog', 'cursor.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(dir, 'forward')).mode & 0o777).toBe(0o700)
  const last = parse(lines.at(-1))
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 1, cursor: { seq: 699, hash: last.hash } })
  await open(dir, env).drain()
  expect(messages).toHaveLength(700)
})

test('a receiver that hangs slows neither another receiver nor the log', async () => {
  const dir = temporary()
  const log = openLog(dir)
  const { messages, env } = await receiver()
  const hung = await httpServer(() => undefined)
  const opened = open(dir, { ...env, LOKI_AUDIT_ELASTICSEARCH_URL: hung.url })
  opened.start()
  for (let index = 0; index < 50; index++) await log.record({ who: 'a', what: 'b' })
  while ((await opened.status())[0]?.delivered !== 50) await sleep(5)
  expect(messages).toHaveLength(50)
  const [syslog, elasticsearch] = await opened.status()
  expect([syslog?.delivered, elasticsearch?.delivered, elasticsearch?.lag]).toEqual([50, 0, 50])
  const started = performance.now()
  await opened.close()
  expect(performance.now() - started).toBeLessThan(3000)
})

test('kill -9 of the forwarding process, again and again, loses nothing', async () => {
  const dir = temporary()
  await fill(dir, 6000)
  const { messages, env } = await receiver()
  const command = [process.execPath, join(import.meta.dirname, 'forwarder.mjs'), join(BUILD, 'forward', 'index.js')]
  let kills = 0
  while (new Set(seqs(messages)).size < 6000) {
    const before = messages.length
    const child = start([...command, dir, JSON.stringify(env)])
    await child.saw('started')
    const enough = kills < 6 ? before + 1 + kills * 200 : Infinity
    while (messages.length < enough && new Set(seqs(messages)).size < 6000) await sleep(2)
    child.process.kill('SIGKILL')
    await child.ended
    kills++
  }
  expect(kills).toBeGreaterThan(2)
  expect(new Set(seqs(messages)).size).toBe(linesOf(dir).length)
})
