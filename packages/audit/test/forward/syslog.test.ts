import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openForwarding, testTarget } from '../../src/forward/index.js'
import type { Forwarding, ForwardingOptions, SyslogProtocol, SyslogTarget } from '../../src/forward/index.js'
import { fill, linesOf, openLog, parse, temporary } from '../folder.js'
import { RelpReceiver } from './relp-server.js'
import { OctetCounting, tcpServer } from './servers.js'

function targetOf(protocol: SyslogProtocol, port: number): SyslogTarget {
  return { kind: 'syslog', host: '127.0.0.1', port, protocol, format: 'json', maxBytes: 8192 }
}

function forwarding(dir: string, target: SyslogTarget, options: ForwardingOptions = {}): Forwarding {
  const quick = { backoff: { firstMs: 5, mostMs: 50 }, pollMs: 5 }
  const opened = openForwarding({ dir, env: {}, targets: [target], ...quick, ...options })
  onTestFinished(() => opened.close())
  return opened
}

function hashesOf(dir: string): string[] {
  return linesOf(dir).map((line) => parse(line).hash)
}

function hashesIn(messages: readonly string[]): string[] {
  return messages.map((message) => /hash="(sha256:\w{64})"/.exec(message)?.[1] ?? message)
}

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await sleep(5)
}

test.each(['udp', 'tcp', 'tls', 'relp'] as const)('a receiver that is down has nothing over %s', async (protocol) => {
  const dir = temporary()
  await fill(dir, 3)
  const { port, stop } = await tcpServer(() => undefined)
  await stop()
  const [status] = await forwarding(dir, targetOf(protocol, port)).drain()
  expect(status).toMatchObject({ cursor: null, lag: 3, delivered: 0, failure: { attempts: 1 } })
  expect(status?.failure?.reason).toContain('ECONNREFUSED')
  expect(await testTarget(targetOf(protocol, port))).toMatchObject({ ok: false, acknowledged: false })
})

test('a RELP receiver that is silent has nothing, and is left at the deadline', async () => {
  const dir = temporary()
  await fill(dir, 3)
  const receiver = new RelpReceiver(() => 'silence')
  const { port } = await tcpServer((socket) => {
    receiver.accept(socket)
  })
  const started = performance.now()
  const [status] = await forwarding(dir, targetOf('relp', port), { timeoutMs: 200 }).drain()
  expect(performance.now() - started).toBeLessThan(2000)
  expect(status).toMatchObject({ lag: 3, delivered: 0, failure: { reason: 'no answer in time' } })
})

test('a RELP receiver that refuses one message is sent only that one again', async () => {
  const dir = temporary()
  const lines = await fill(dir, 5)
  let refused = false
  const receiver = new RelpReceiver((message) => {
    const refuse = message.includes('seq="2"') && !refused
    refused ||= refuse
    return refuse ? 'refuse' : 'take'
  })
  const { port } = await tcpServer((socket) => {
    receiver.accept(socket)
  })
  const opened = forwarding(dir, targetOf('relp', port))
  expect(await opened.drain()).toMatchObject([{ cursor: null, delivered: 4, failure: { attempts: 1 } }])
  expect(await opened.drain()).toMatchObject([{ cursor: { seq: 4 }, delivered: 5, failure: null }])
  const hashes = lines.map((line) => parse(line).hash)
  expect(hashesIn(receiver.messages)).toEqual([0, 1, 3, 4, 2].map((seq) => hashes[seq]))
  expect(receiver.faults).toEqual([])
})

test('a RELP receiver that closes in the middle gets everything in the end', async () => {
  const dir = temporary()
  await fill(dir, 300)
  let seen = 0
  const receiver = new RelpReceiver(() => (++seen === 150 ? 'close' : 'take'))
  const { port } = await tcpServer((socket) => {
    receiver.accept(socket)
  })
  const opened = forwarding(dir, targetOf('relp', port))
  opened.start()
  await until(async () => (await opened.status())[0]?.lag === 0)
  expect(new Set(hashesIn(receiver.messages))).toEqual(new Set(hashesOf(dir)))
})

test('what a TCP receiver had not read when it broke is sent again, and what comes later too', async () => {
  const dir = temporary()
  await fill(dir, 200)
  let deaf = true
  const reader = new OctetCounting()
  const { port } = await tcpServer((socket) => {
    // The first connection is accepted, never read, and reset.
    if (deaf) setTimeout(() => socket.resetAndDestroy(), 100)
    else
      socket.on('data', (bytes) => {
        reader.push(bytes)
      })
    deaf = false
  })
  const opened = forwarding(dir, targetOf('tcp', port))
  opened.start()
  await until(async () => (await opened.status())[0]?.lag === 0)
  await until(() => reader.messages.length >= 200)
  expect(new Set(hashesIn(reader.messages))).toEqual(new Set(hashesOf(dir)))
})

test('a TCP receiver that ends its side is connected to anew', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'a', what: 'b' })
  const reader = new OctetCounting()
  const { port } = await tcpServer((socket) => {
    socket.on('data', (bytes) => {
      reader.push(bytes)
      if (reader.messages.length === 1) socket.end()
    })
  })
  const opened = forwarding(dir, targetOf('tcp', port))
  opened.start()
  await until(() => reader.messages.length === 1)
  await log.record({ who: 'a', what: 'c' })
  await until(() => new Set(hashesIn(reader.messages)).size === 2)
  expect(new Set(hashesIn(reader.messages))).toEqual(new Set(hashesOf(dir)))
})

test('a certificate that nobody vouches for gets nothing; one that is vouched for, everything', async () => {
  const dir = temporary()
  await fill(dir, 3)
  const [cert, key] = [join(dir, 'c.pem'), join(dir, 'k.pem')]
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  execFileSync('openssl', [...request, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert], {
    stdio: 'pipe',
  })
  const reader = new OctetCounting()
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        reader.push(bytes)
      })
  })
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  const target = { ...targetOf('tls', port), host: 'localhost' }
  const [unknown] = await forwarding(dir, target).drain()
  expect(unknown?.failure?.reason).toMatch(/self.signed/i)
  const [otherName] = await forwarding(dir, { ...targetOf('tls', port), caFile: cert }).drain()
  expect(otherName?.failure).not.toBeNull()
  expect(reader.messages).toEqual([])
})

test('a message has the form of RFC 5424, and an entry that is too large is cut to its hash and place', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'agent:"x]\\\n', what: 'action.decided', where: 'ü', metadata: { decision: 'DENY' } })
  await log.record({ who: 'w'.repeat(9000), what: 'b', why: '"'.repeat(9000), metadata: { m: '\u0000'.repeat(3000) } })
  const reader = new OctetCounting()
  const { port } = await tcpServer((socket) => {
    socket.on('data', (bytes) => {
      reader.push(bytes)
    })
  })
  for (const format of ['json', 'cef', 'ecs', 'ocsf'] as const) {
    reader.messages.length = 0
    const fresh = forwarding(dir, { ...targetOf('tcp', port), format, maxBytes: 2048 })
    await fresh.drain()
    if (format === 'json') {
      expect((await fresh.status())[0]).toMatchObject({ delivered: 2, cut: 1 })
      await until(() => reader.messages.length === 2)
      const [first = '', second = ''] = reader.messages
      const frame =
        /^<108>1 \d{4}-\S+Z \S+ loki-audit - action\.decided \[audit@32473 seq="0" hash="sha256:\w{64}" who="agent:\\"x\\\]\\\\ "\] \ufeff\{/
      expect(first).toMatch(frame)
      expect(second).toContain('"pointer":"audit.jsonl#1"')
      expect(Buffer.byteLength(second)).toBeLessThanOrEqual(2048)
    }
    await fresh.close()
  }
})
