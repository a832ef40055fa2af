import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { addLog, knownLogs, openWitnessKey, serveWitness } from '../../src/anchors/index.js'
import { cosignatureOf, parseCosigner } from '../../src/anchors/cosignature.js'
import { formatSubmission } from '../../src/anchors/submission.js'
import { parseNote } from '../../src/note/note.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown, PlainLog, post, witnessOf } from './logs.js'
import { fill, isMountable, smallDisk } from './small-disk.js'

if (!isMountable) console.warn('a witness on a full disk is not tested: this user may not mount')

const ORIGIN = 'log.example/one'

describe('a witness refuses', () => {
  it.each([
    ['nothing', ''],
    ['no old size', `\n\n${new PlainLog(ORIGIN).checkpoint(1)}`],
    ['an old size with a leading zero', `old 01\n\n${new PlainLog(ORIGIN).checkpoint(1)}`],
    ['an old size that is negative', `old -1\n\n${new PlainLog(ORIGIN).checkpoint(1)}`],
    ['a hash of 31 bytes', `old 0\n${Buffer.alloc(31).toString('base64')}\n\n${new PlainLog(ORIGIN).checkpoint(1)}`],
    ['base64 that is not strict', `old 0\n${'A'.repeat(43)}\n\n${new PlainLog(ORIGIN).checkpoint(1)}`],
    [
      '64 hashes',
      `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\n${new PlainLog(ORIGIN).checkpoint(1)}`,
    ],
    ['what is no checkpoint', 'old 0\n\nhello\n\n— x AAAAAAAA\n'],
    ['lines that end in CR LF', new PlainLog(ORIGIN).growth(0, 1).replaceAll('\n', '\r\n')],
    ['a checkpoint without its last LF', new PlainLog(ORIGIN).growth(0, 1).slice(0, -1)],
  ])('%s with 400', async (_, body) => {
    const { url } = await witnessOf([new PlainLog(ORIGIN).vkey])
    expect(await post(url, body)).toMatchObject({ status: 400 })
  })

  it('bytes that are no UTF-8 with 400, another method with 405, another path with 404', async () => {
    const { url } = await witnessOf([])
    expect(await post(url, Buffer.from([0x6f, 0xff, 0xfe]))).toMatchObject({ status: 400 })
    expect((await fetch(`${url}/add-checkpoint`)).status).toBe(405)
    expect((await fetch(`${url}/checkpoint`, { method: 'POST' })).status).toBe(404)
  })

  it('a body that is too long with 413, told beforehand or not', async () => {
    const { url } = await witnessOf([])
    expect(await post(url, 'x'.repeat(80_000))).toMatchObject({ status: 413 })
    const parts = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(Buffer.alloc(10_000, 0x78))
      },
    })
    const endless = fetch(`${url}/add-checkpoint`, { method: 'POST', body: parts, duplex: 'half' })
    expect(await endless.then(({ status }) => status).catch(() => 'cut off')).not.toBe(200)
  })

  it('a log that it does not know with 404, and one whose key it does not know with 403', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    expect(await post(url, new PlainLog('log.example/two').growth(0, 5))).toMatchObject({ status: 404 })
    expect(await post(url, new PlainLog(ORIGIN).growth(0, 5))).toMatchObject({ status: 403 })
    const changed = log.growth(0, 5).replace(/\n5\n/, '\n6\n')
    expect(await post(url, changed)).toMatchObject({ status: 403 })
  })

  it('an old size above that of the checkpoint with 400', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    const body = formatSubmission({ old: 6, proof: [], checkpoint: log.checkpoint(5) })
    expect(await post(url, body)).toMatchObject({ status: 400 })
  })

  it('another old size than it remembers with 409 and that size', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    expect(await post(url, log.growth(3, 5))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '0\n' })
    expect(await post(url, log.growth(0, 5))).toMatchObject({ status: 200 })
    expect(await post(url, log.growth(0, 9))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '5\n' })
    // A log that was cut asks with what it has left.
    expect(await post(url, log.growth(3, 4))).toEqual({ status: 409, type: 'text/x.tlog.size', text: '5\n' })
  })

  it('two histories: 422 for one that grew apart, 409 for one of the same size, which it keeps as evidence', async () => {
    const log = new PlainLog(ORIGIN)
    const other = log.forked(7)
    const dir = temporary()
    const { url } = await witnessOf([log.vkey], { dir })
    expect(await post(url, log.growth(0, 10))).toMatchObject({ status: 200 })
    expect(await post(url, other.growth(10, 20))).toMatchObject({ status: 422 })
    const twin = formatSubmission({ old: 10, proof: [], checkpoint: other.checkpoint(10) })
    expect(await post(url, twin)).toEqual({ status: 409, type: 'text/x.tlog.size', text: '10\n' })
    const [evidence = ''] = readdirSync(join(dir, 'evidence'))
    expect(readFileSync(join(dir, 'evidence', evidence), 'utf8')).toBe(other.checkpoint(10))
    expect(await post(url, log.growth(10, 20))).toMatchObject({ status: 200 })
  })

  it.each([
    ['one hash too few', (proof: Buffer[]): Buffer[] => proof.slice(1)],
    ['one too many', (proof: Buffer[]): Buffer[] => [...proof, Buffer.alloc(32)]],
    ['a flipped bit', ([first, ...rest]: Buffer[]): Buffer[] => [Buffer.from(first ?? []).fill(1, 0, 1), ...rest]],
    ['hashes in another order', (proof: Buffer[]): Buffer[] => proof.toReversed()],
  ])('a proof with %s with 422', async (_, change) => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    await post(url, log.growth(0, 11))
    const body = formatSubmission({ old: 11, proof: change(log.proof(11, 77)), checkpoint: log.checkpoint(77) })
    expect(await post(url, body)).toMatchObject({ status: 422 })
    expect(await post(url, log.growth(11, 77))).toMatchObject({ status: 200 })
  })

  it('a proof where none is due with 422', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    const body = formatSubmission({ old: 0, proof: [Buffer.alloc(32)], checkpoint: log.checkpoint(5) })
    expect(await post(url, body)).toMatchObject({ status: 422 })
  })

  it('web pages, and names that were bent to point to it', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    expect(await post(url, log.growth(0, 5), { headers: { origin: 'https://evil.example' } })).toMatchObject({
      status: 403,
    })
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end('POST /add-checkpoint HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 403 /)
  })

  it('to serve others than this machine, a key that others may read, and a folder that is in use', async () => {
    await expect(serveWitness({ dir: temporary(), host: '0.0.0.0' })).rejects.toMatchObject({ code: 'INVALID_SETTING' })
    const dir = temporary()
    openWitnessKey(dir, 'w')
    expect(statSync(join(dir, 'witness.key')).mode & 0o777).toBe(0o600)
    chmodSync(join(dir, 'witness.key'), 0o640)
    await expect(serveWitness({ dir })).rejects.toMatchObject({ code: 'UNSAFE_PATH' })
    chmodSync(join(dir, 'witness.key'), 0o600)
    await expect(serveWitness({ dir, name: 'another' })).rejects.toMatchObject({ code: 'INVALID_SETTING' })
    await witnessOf([], { dir, name: 'w' })
    await expect(serveWitness({ dir })).rejects.toMatchObject({ code: 'LOCK_UNAVAILABLE' })
  })

  it('to sign anything of a log whose memory was damaged', async () => {
    const log = new PlainLog(ORIGIN)
    const dir = temporary()
    const told: string[] = []
    const { url } = await witnessOf([log.vkey], { dir, onAnswer: ({ reason }) => told.push(reason) })
    await post(url, log.growth(0, 5))
    const [file = ''] = readdirSync(join(dir, 'logs'))
    writeFileSync(join(dir, 'logs', file), '{"version":1,"size":0}')
    expect(await post(url, log.growth(0, 5))).toMatchObject({ status: 500, text: 'the witness cannot answer now\n' })
    expect(told.at(-1)).toContain(file)
  })
})

it.skipIf(!isMountable)(
  'a witness whose disk is full signs nothing, and goes on where it was once there is room',
  async () => {
    const log = new PlainLog(ORIGIN)
    const dir = smallDisk()
    const { url } = await witnessOf([log.vkey], { dir })
    expect(await post(url, log.growth(0, 5))).toMatchObject({ status: 200 })
    fill(dir)
    expect(await post(url, log.growth(5, 9))).toMatchObject({ status: 500, text: 'the witness cannot answer now\n' })
    expect(await post(url, log.growth(0, 9))).toMatchObject({ status: 409, text: '5\n' })
    rmSync(join(dir, 'rest'))
    expect(await post(url, log.growth(5, 9))).toMatchObject({ status: 200 })
    expect(readdirSync(join(dir, 'logs'))).toHaveLength(1)
  },
)

describe('a witness cosigns', () => {
  it('what grows, with the time, and again what it has cosigned already', async () => {
    const log = new PlainLog(ORIGIN)
    const now = new Date('2026-01-31T12:00:00Z')
    const { url, key } = await witnessOf([log.vkey], { now: () => now })
    for (const [old, size] of [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 64],
      [64, 65],
      [65, 100],
    ] as const) {
      const { status, type, text } = await post(`${url}/some/prefix`, log.growth(old, size))
      expect({ status, type }).toEqual({ status: 200, type: 'text/plain; charset=utf-8' })
      const note = parseNote(`${log.checkpoint(size)}${text}`)
      expect(cosignatureOf(note, parseCosigner(key))?.time).toBe(now.getTime() / 1000)
    }
  })

  it('the whole text of a checkpoint, with lines that mean nothing to it', async () => {
    const log = new PlainLog(ORIGIN)
    const { url, key } = await witnessOf([log.vkey])
    const checkpoint = log.checkpoint(5, 'something else\n')
    const { status, text } = await post(url, formatSubmission({ old: 0, proof: [], checkpoint }))
    expect(status).toBe(200)
    expect(cosignatureOf(parseNote(`${checkpoint}${text}`), parseCosigner(key))).toBeDefined()
  })

  it('a checkpoint that keys have signed which it does not know, as large as those of ML-DSA-44 are', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    const other = `\u2014 other.example/pq ${Buffer.alloc(4 + 8 + 2420, 1).toString('base64')}\n`
    const checkpoint = `${log.checkpoint(5)}${other.repeat(10)}`
    expect(await post(url, formatSubmission({ old: 0, proof: [], checkpoint }))).toMatchObject({ status: 200 })
  })

  it('at no earlier time than before, even when the clock goes back, and after a restart', async () => {
    const log = new PlainLog(ORIGIN)
    const dir = temporary()
    let now = 2_000_000_000_000
    const times: (number | undefined)[] = []
    const cosign = async (old: number, size: number): Promise<void> => {
      const server = await serveWitness({ dir, logs: [log.vkey], now: () => new Date(now) })
      const { text } = await post(server.url, log.growth(old, size))
      times.push(cosignatureOf(parseNote(`${log.checkpoint(size)}${text}`), parseCosigner(server.key))?.time)
      await server.close()
    }
    await cosign(0, 5)
    now -= 86_400_000
    await cosign(5, 6)
    now += 2 * 86_400_000
    await cosign(6, 6)
    expect(times).toEqual([2_000_000_000, 2_000_000_000, 2_000_086_400])
  })

  it('only one of many requests that come at once from the same size', async () => {
    const log = new PlainLog(ORIGIN)
    const { url } = await witnessOf([log.vkey])
    const all = await Promise.all(Array.from({ length: 30 }, (_, at) => post(url, log.growth(0, at + 1))))
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
    const size = all.findIndex(({ status }) => status === 200) + 1
    expect(all.filter(({ status }) => status === 409).every(({ text }) => text === `${size}\n`)).toBe(true)
  })

  it('our logs through the endorsement of their owner, and binds each to the owner who came first', async () => {
    const [ours, others] = [newOwner(), newOwner()]
    const dir = temporary()
    const checkpoint = await grown(dir, 5, ours.signingKey)
    const stranger = await witnessOf([others.publicKey])
    expect(await post(stranger.url, formatSubmission({ old: 0, proof: [], checkpoint }))).toMatchObject({ status: 403 })
    const nobody = await witnessOf([])
    expect(await post(nobody.url, formatSubmission({ old: 0, proof: [], checkpoint }))).toMatchObject({ status: 404 })
    const { url } = await witnessOf([ours.publicKey, others.publicKey])
    expect(await post(url, formatSubmission({ old: 0, proof: [], checkpoint }))).toMatchObject({ status: 200 })
    const theirs = await grown(dir, 1, others.signingKey)
    expect(await post(url, formatSubmission({ old: 5, proof: [], checkpoint: theirs }))).toMatchObject({ status: 403 })
  })

  it('a log that is added to its policy while it serves', async () => {
    const log = new PlainLog(ORIGIN)
    const dir = temporary()
    const { url } = await witnessOf([], { dir })
    expect(await post(url, log.growth(0, 5))).toMatchObject({ status: 404 })
    expect(addLog(dir, log.vkey)).toBe(true)
    expect(addLog(dir, log.vkey)).toBe(false)
    expect(() => addLog(dir, 'nonsense')).toThrow(expect.objectContaining({ code: 'INVALID_KEY' }) as Error)
    expect(knownLogs(dir)).toEqual([log.vkey])
    expect(await post(url, log.growth(0, 5))).toMatchObject({ status: 200 })
  })
})
