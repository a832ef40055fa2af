import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readReceipts, timestampAnchor } from '../../src/anchors/index.js'
import { readTimestamp, timestampQuery } from '../../src/anchors/timestamp/rfc3161.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { loopback } from './loopback.js'
import { grown } from './logs.js'
import { hasOpenssl, TimestampAuthority } from './timestamp-authority.js'

if (!hasOpenssl) console.warn('timestamps are not tested: openssl is not installed')

const PAGE = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'formats', 'anchors.md')

describe('a timestamp authority is not believed that', () => {
  const reply = 'application/timestamp-reply'
  it.each([
    ['answers with another status', 500, reply, Buffer.alloc(0)],
    ['answers with another type', 200, 'text/html', Buffer.from('<html>')],
    ['answers nothing', 200, reply, Buffer.alloc(0)],
    ['answers what is no DER', 200, reply, Buffer.from('30ff', 'hex')],
    ['answers DER that is cut', 200, reply, Buffer.from('3082ffff0203', 'hex')],
    ['rejects', 200, reply, Buffer.from('30053003020102', 'hex')],
    ['grants without a token', 200, reply, Buffer.from('30053003020100', 'hex')],
    ['answers too much', 200, reply, Buffer.alloc(70_000, 0x30)],
  ])('%s', async (_, status, type, body) => {
    const dir = temporary()
    const checkpoint = await grown(dir, 3, newOwner().signingKey)
    const url = await loopback((response) => {
      response.writeHead(status, { 'content-type': type }).end(body)
    })
    await expect(timestampAnchor({ url, dir }).keep(checkpoint)).rejects.toMatchObject({ code: 'ANCHOR_FAILED' })
    expect((await readReceipts(dir)).files).toEqual([])
  })

  it.skipIf(!hasOpenssl)('replays the answer to another query, or stamps something else', async () => {
    const dir = temporary()
    const checkpoint = await grown(dir, 3, newOwner().signingKey)
    const authority = new TimestampAuthority()
    const [ours, theirs] = [Buffer.from(checkpoint), Buffer.from('something else')]
    for (const [bytes, message] of [
      [ours, /nonce of this query/],
      [theirs, /digest of this checkpoint/],
    ] as const) {
      const old = authority.reply(timestampQuery(bytes, Buffer.alloc(16, 7)))
      const url = await loopback((response) => {
        response.writeHead(200, { 'content-type': reply }).end(old)
      })
      await expect(timestampAnchor({ url, dir }).keep(checkpoint)).rejects.toThrow(message)
    }
  })

  it.skipIf(!hasOpenssl)('answers with any byte changed of what is read, and never by another error', () => {
    const authority = new TimestampAuthority()
    const asked = { bytes: Buffer.from('a checkpoint'), nonce: Buffer.alloc(16, 0x80) }
    const whole = authority.reply(timestampQuery(asked.bytes, asked.nonce))
    const { time } = readTimestamp(whole, asked)
    let refused = 0
    for (let at = 0; at < 260; at++) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x41
      try {
        readTimestamp(changed, asked)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ANCHOR_FAILED' })
        refused++
      }
    }
    expect(time).toMatch(/^20\d\d-/)
    expect(refused).toBeGreaterThan(130)
  })
})

it.skipIf(!hasOpenssl)('openssl reads our query as its own', () => {
  const dir = temporary()
  writeFileSync(join(dir, 'q.tsq'), timestampQuery(Buffer.from('text'), Buffer.from('00ff', 'hex')))
  const text = execFileSync('openssl', ['ts', '-query', '-in', 'q.tsq', '-text'], { cwd: dir, encoding: 'utf8' })
  expect(text).toContain('Version: 1\nHash Algorithm: sha256\n')
  expect(text).toContain('Nonce: 0xFF\nCertificate required: yes\n')
})

it.skipIf(!hasOpenssl)('a stamped checkpoint verifies as the page says, and a changed one does not', async () => {
  const dir = temporary()
  const checkpoint = await grown(dir, 3, newOwner().signingKey)
  const authority = new TimestampAuthority()
  const url = await loopback((response, { request, body }) => {
    expect(request.headers['content-type']).toBe('application/timestamp-query')
    response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(authority.reply(body))
  })
  await timestampAnchor({ url, dir }).keep(checkpoint)
  const { receipts } = await readReceipts(dir)
  expect(receipts).toMatchObject([{ kind: 'timestamp', size: 3, checkpoint }])
  expect(Math.abs(Date.parse(receipts[0]?.time ?? '') - Date.now())).toBeLessThan(60_000)

  const shown = /```sh\n(openssl ts -verify[^`]*)```/.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? 'false'
  const name =
    readdirSync(join(dir, 'anchors'))
      .find((file) => file.endsWith('.tsr'))
      ?.replace('.tsr', '') ?? ''
  const verify = (): { status: number | null; stdout: string } =>
    spawnSync('sh', ['-ec', shown.replaceAll('NAME', name).replace('ca.pem', authority.ca)], {
      cwd: join(dir, 'anchors'),
      encoding: 'utf8',
    })
  expect(verify()).toMatchObject({ status: 0, stdout: 'Verification: OK\n' })
  writeFileSync(join(dir, 'anchors', `${name}.checkpoint`), checkpoint.replace('\n3\n', '\n4\n'))
  expect(verify().status).not.toBe(0)
})
