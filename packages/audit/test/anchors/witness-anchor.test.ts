import { generateKeyPairSync } from 'node:crypto'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { readReceipts, witnessAnchor } from '../../src/anchors/index.js'
import { cosignatureOf, cosignerKey, parseCosigner } from '../../src/anchors/cosignature.js'
import { parseSubmission } from '../../src/anchors/submission.js'
import { verifyLog } from '../../src/index.js'
import { signerOf, vkeyOf } from '../../src/note/key.js'
import { noteSignature, parseNote, timeSignature } from '../../src/note/note.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { loopback } from './loopback.js'
import { grown, witnessOf } from './logs.js'

const WITNESS = signerOf('liar.example', generateKeyPairSync('ed25519').privateKey)
const KEY = cosignerKey(WITNESS)
const textOf = (body: Buffer): string => parseNote(parseSubmission(body.toString()).checkpoint).text

describe('a witness that does not keep to its protocol is no anchor:', () => {
  const other = signerOf('liar.example', generateKeyPairSync('ed25519').privateKey)
  const say =
    (status: number, body: string, type = 'text/plain') =>
    (response: ServerResponse) => {
      response.writeHead(status, { 'content-type': type }).end(body)
    }
  it.each([
    ['it signs with another key', (text: string) => say(200, timeSignature(text, other, 1)), 'ANCHOR_FAILED'],
    [
      'it signs another text',
      (text: string) => say(200, timeSignature(text.replace('\n5\n', '\n6\n'), WITNESS, 1)),
      'ANCHOR_FAILED',
    ],
    ['it signs without a time', (text: string) => say(200, noteSignature(text, WITNESS)), 'ANCHOR_FAILED'],
    ['it says nothing', () => say(200, ''), 'ANCHOR_FAILED'],
    ['it says what is no signature', () => say(200, '<html>'), 'ANCHOR_FAILED'],
    ['it tells a larger size', () => say(409, '6\n', 'text/x.tlog.size'), 'ANCHOR_CONFLICT'],
    ['it tells the size that it was asked with', () => say(409, '0\n', 'text/x.tlog.size'), 'ANCHOR_FAILED'],
    ['it tells a size in another type', () => say(409, '3\n'), 'ANCHOR_FAILED'],
    ['it tells a size that is none', () => say(409, '-3\n', 'text/x.tlog.size'), 'ANCHOR_FAILED'],
    [
      'it sends elsewhere',
      () => (response: ServerResponse) => void response.writeHead(307, { location: '/' }).end(),
      'ANCHOR_FAILED',
    ],
    ['it never answers', () => () => undefined, 'ANCHOR_FAILED'],
    ['it answers without end', () => endless, 'ANCHOR_FAILED'],
    ['it answers byte by byte', () => slow, 'ANCHOR_FAILED'],
    ['it hangs up', () => (response: ServerResponse) => response.destroy(), 'ANCHOR_FAILED'],
  ])('%s', async (_, answer, code) => {
    const dir = temporary()
    const checkpoint = await grown(dir, 5, newOwner().signingKey)
    let asked = 0
    const url = await loopback((response, { body }) => {
      asked++
      answer(textOf(body))(response)
    })
    const anchor = witnessAnchor({ url, key: KEY, dir, timeoutMs: 500 })
    const started = performance.now()
    await expect(anchor.keep(checkpoint)).rejects.toMatchObject({ code })
    expect(performance.now() - started).toBeLessThan(3000)
    expect(asked).toBe(1)
    expect((await readReceipts(dir)).files).toEqual([])
  })

  it('it tells a new size each time', async () => {
    const dir = temporary()
    const checkpoint = await grown(dir, 20, newOwner().signingKey)
    let asked = 0
    const url = await loopback((response) => {
      response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${++asked}\n`)
    })
    await expect(witnessAnchor({ url, key: KEY, dir }).keep(checkpoint)).rejects.toMatchObject({
      code: 'ANCHOR_FAILED',
    })
    expect(asked).toBe(4)
  })

  it.each(['http://witness.example', 'ftp://127.0.0.1', 'http://user:secret@127.0.0.1', 'nowhere'])(
    'its address is %s',
    (url) => {
      const make = (): unknown => witnessAnchor({ url, key: KEY, dir: temporary() })
      expect(make).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }) as Error)
    },
  )
})

describe('a witness', () => {
  it('cosigns a log as it grows, and the receipts verify with its key alone', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const { url, key } = await witnessOf([publicKey])
    for (const count of [5, 1, 30]) {
      await witnessAnchor({ url, key, dir }).keep(await grown(dir, count, signingKey))
    }
    const { receipts, files, problems } = await readReceipts(dir)
    expect(problems).toEqual([])
    expect(receipts.map(({ size }) => size)).toEqual([5, 6, 36])
    for (const { checkpoint } of receipts) {
      expect(cosignatureOf(parseNote(checkpoint), parseCosigner(key))).toBeDefined()
    }
    // A key of the other type, as older witnesses publish it, names the same witness.
    expect(parseCosigner(vkeyOf(parseCosigner(key))).raw).toEqual(parseCosigner(key).raw)
    expect(await verifyLog(dir, { publicKey, anchors: files })).toMatchObject({ verdict: 'INTACT', entries: 36 })
  })

  it('is asked with the size it tells, when the receipts were lost or another machine was quicker', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const { url, key } = await witnessOf([publicKey])
    await witnessAnchor({ url, key, dir }).keep(await grown(dir, 5, signingKey))
    rmSync(join(dir, 'anchors'), { recursive: true })
    await witnessAnchor({ url, key, dir }).keep(await grown(dir, 4, signingKey))
    expect((await readReceipts(dir)).receipts.map(({ size }) => size)).toEqual([9])
  })

  it('answers anew for what it has cosigned already, as when its answer was lost', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const { url, key } = await witnessOf([publicKey])
    const checkpoint = await grown(dir, 5, signingKey)
    await witnessAnchor({ url, key, dir }).keep(checkpoint)
    rmSync(join(dir, 'anchors'), { recursive: true })
    await witnessAnchor({ url, key, dir }).keep(checkpoint)
    expect((await readReceipts(dir)).receipts).toHaveLength(1)
  })

  it('that has a later checkpoint of the same log has the older one too', async () => {
    const dir = temporary()
    const { signingKey, publicKey } = newOwner()
    const { url, key } = await witnessOf([publicKey])
    const older = await grown(dir, 5, signingKey)
    const newer = await grown(dir, 5, signingKey)
    const [one, other] = [witnessAnchor({ url, key, dir }), witnessAnchor({ url, key, dir })]
    await one.keep(newer)
    await other.keep(older)
    await one.keep(older)
    expect((await readReceipts(dir)).receipts.map(({ size }) => size)).toEqual([10])
  })
})

describe('who holds log and key, after anchoring,', () => {
  const anchored = async (): Promise<{
    dir: string
    before: string
    anchor: () => Promise<void>
    files: readonly string[]
    publicKey: string
    again: (count: number) => Promise<string>
  }> => {
    const dir = temporary()
    const before = temporary()
    const { signingKey, publicKey } = newOwner()
    const { url, key } = await witnessOf([publicKey])
    const latest = (): string => readFileSync(join(dir, 'checkpoint'), 'utf8')
    const anchor = (): Promise<void> => witnessAnchor({ url, key, dir }).keep(latest())
    await grown(dir, 10, signingKey)
    cpSync(dir, before, { recursive: true })
    await grown(dir, 10, signingKey)
    await anchor()
    // An auditor has a copy of the receipts.
    const kept = temporary()
    cpSync(join(dir, 'anchors'), kept, { recursive: true })
    const files = (await readReceipts(dir)).files.map((file) => file.replace(join(dir, 'anchors'), kept))
    return { dir, before, anchor, files, publicKey, again: (count) => grown(dir, count, signingKey) }
  }

  it('cannot put back an older log with its older checkpoints: the receipt says TRUNCATED, the witness refuses', async () => {
    const { dir, before, anchor, files, publicKey } = await anchored()
    rmSync(dir, { recursive: true })
    cpSync(before, dir, { recursive: true })
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, entries: 10 })
    expect(await verifyLog(dir, { publicKey, anchors: files })).toMatchObject({ verdict: 'TRUNCATED', brokenAt: 10 })
    await expect(anchor()).rejects.toMatchObject({ code: 'ANCHOR_CONFLICT' })
  })

  it('cannot write another history behind it: the receipt says so, the witness refuses at any size', async () => {
    const { dir, before, anchor, files, publicKey, again } = await anchored()
    rmSync(dir, { recursive: true })
    cpSync(before, dir, { recursive: true })
    for (const count of [5, 5, 5]) {
      await again(count)
      await expect(anchor()).rejects.toMatchObject({ code: 'ANCHOR_CONFLICT' })
    }
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, entries: 25 })
    const report = await verifyLog(dir, { publicKey, anchors: files })
    expect(['REWRITTEN', 'FORKED']).toContain(report.verdict)
  })

  it('cannot begin a new log in its place: the receipt says REWRITTEN', async () => {
    const { dir, files, publicKey, again } = await anchored()
    rmSync(dir, { recursive: true })
    await again(30)
    expect(await verifyLog(dir, { publicKey, anchors: files })).toMatchObject({ verdict: 'REWRITTEN' })
  })
})

function endless(response: ServerResponse): void {
  response.writeHead(200)
  const more = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(65_536, 0x41), () => setImmediate(more))
  }
  more()
}

function slow(response: ServerResponse): void {
  response.writeHead(200)
  const timer = setInterval(() => {
    if (response.destroyed) clearInterval(timer)
    else response.write('A')
  }, 20)
}
