import { hash } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { countLog, followLog, openAudit, searchLog, verifyLog } from '../../src/index.js'
import type { AuditEntry, AuditQuery } from '../../src/index.js'
import { holdsEntry } from '../../src/segments/locate.js'
import { addSigned, newOwner } from '../checkpoint/signed.js'
import { allLines, closedNames, fill, linesOf, openLog, parse, temporary } from '../folder.js'
import { allCompressed, good, rotated, SMALL } from './rotated.js'

async function seqs(dir: string, query?: AuditQuery): Promise<number[]> {
  const found: number[] = []
  for await (const { seq } of searchLog(dir, query)) found.push(seq)
  return found
}

test.each([
  ['LOKI_AUDIT_MAX_SIZE_MB', '-1'],
  ['LOKI_AUDIT_MAX_SIZE_MB', 'ten'],
  ['LOKI_AUDIT_MAX_SIZE_MB', '0'],
  ['LOKI_AUDIT_MAX_FILES', '1.5'],
  ['LOKI_AUDIT_RETENTION_DAYS', '30d'],
])('%s=%s is refused, and the message names it', (name, value) => {
  expect(() => openAudit({ dir: '/nowhere', enabled: true, env: { [name]: value } })).toThrow(name)
})

test('a full segment is closed, and the next one names it', async () => {
  const dir = temporary()
  await rotated(dir, 12)
  await rotated(dir, 1) // an interrupted compression is finished by the next writer
  const names = closedNames(dir)
  expect(names.length).toBeGreaterThan(3)
  expect(await verifyLog(dir)).toMatchObject({ valid: true, pruned: null, segment: null })
  const lines = allLines(dir).map(parse)
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index))
  const bytes = readFileSync(join(dir, 'segments', names[0] ?? ''))
  const plain = names[0]?.endsWith('.gz') === true ? gunzipSync(bytes) : bytes
  const opened = lines.find(({ what }) => what === 'segment.opened')
  expect(opened).toMatchObject({
    who: 'audit',
    where: 'segments/000001.jsonl',
    metadata: {
      previous: {
        number: 1,
        firstSeq: 0,
        entries: opened?.seq,
        bytes: plain.length,
        sha256: hash('sha256', plain),
      },
    },
  })
})

test('a new day begins a new segment, and a clock that goes back does not', async () => {
  const dir = temporary()
  let now = '2026-01-31T23:59:59.000Z'
  const log = openLog(dir, { now: () => new Date(now) })
  await log.record(good)
  now = '2026-02-01T00:00:00.000Z'
  await log.record(good)
  now = '2026-01-31T23:59:59.500Z'
  await log.record(good)
  expect(linesOf(dir).map((line) => parse(line).what)).toEqual(['segment.opened', 'action.decided', 'action.decided'])
  expect(closedNames(dir)).toHaveLength(1)
})

test('closed segments become gzip files that stock gunzip reads, in members of 256 entries', async () => {
  const dir = temporary()
  const lines = await fill(dir, 600)
  await rotated(dir, 3, { maxSizeMb: 0.01, compressed: true })
  expect(readdirSync(join(dir, 'segments')).sort()).toEqual(['000001.json', '000001.jsonl.gz', 'audit.lock'])
  const packed = readFileSync(join(dir, 'segments', '000001.jsonl.gz'))
  const text = gunzipSync(packed).toString('utf8')
  expect(text).toBe(lines.map((line) => `${line}\n`).join(''))
  expect(statSync(join(dir, 'segments', '000001.jsonl.gz')).mode & 0o777).toBe(0o600)
  const counts: number[] = []
  for (let at = 0; at < packed.length; at += packed.readUInt32LE(at + 16)) {
    const member = packed.subarray(at, at + packed.readUInt32LE(at + 16))
    counts.push(gunzipSync(member).toString('utf8').split('\n').length - 1)
  }
  expect(counts).toEqual([256, 256, 88])
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 604 })
})

test('reading goes through closed and compressed segments as through one log', async () => {
  const dir = temporary()
  await rotated(dir, 40, { compressed: true })
  await rotated(dir, 10)
  const all = allLines(dir).map(parse)
  expect(await seqs(dir)).toEqual(all.map(({ seq }) => seq))
  expect(await countLog(dir, { what: 'action.decided' })).toBe(50)
  for (const seq of [0, 1, 17, 40, all.length - 1]) expect(await seqs(dir, { seq })).toEqual([seq])
  expect(await seqs(dir, { seq: all.length })).toEqual([])
  const decided = all.filter(({ what }) => what === 'action.decided').map(({ seq }) => seq)
  for (const last of [1, 3, 30, 1000])
    expect(await seqs(dir, { what: 'action.decided', last })).toEqual(decided.slice(-last))
  const read: AuditEntry[] = []
  for await (const entry of openLog(dir).readEntries({ what: 'segment.opened' })) read.push(entry)
  expect(read).toEqual(all.filter(({ what }) => what === 'segment.opened'))
})

test('a log without segments goes on as one', async () => {
  const dir = temporary()
  await fill(dir, 300)
  await rotated(dir, 5)
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
  expect(parse(linesOf(dir)[0]).metadata?.previous).toBeDefined()
})

test.each([
  [
    'the next segment was begun',
    (dir: string) => {
      writeFileSync(join(dir, 'audit.jsonl.next'), '{"hash":"sha2')
    },
  ],
  [
    'the old one has its second name',
    (dir: string) => {
      linkSync(join(dir, 'audit.jsonl'), join(dir, 'segments', '000099.jsonl'))
    },
  ],
])('a rotation that ended when %s is undone, and readers never noticed', async (_, interrupt) => {
  const dir = temporary()
  await rotated(dir, 6, { compressed: true })
  const { length } = allLines(dir)
  interrupt(dir)
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: length })
  expect(await countLog(dir)).toBe(length)
  const log = openLog(dir)
  expect(await log.record(good)).toMatchObject({ seq: length })
  expect(existsSync(join(dir, 'audit.jsonl.next'))).toBe(false)
  expect(readdirSync(join(dir, 'segments'))).not.toContain('000099.jsonl')
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: length + 1 })
})

test.each(['is gone', 'is empty'])('closed segments whose open one %s take nothing more', async (how) => {
  const dir = temporary()
  await rotated(dir, 6)
  if (how === 'is gone') rmSync(join(dir, 'audit.jsonl'))
  else writeFileSync(join(dir, 'audit.jsonl'), '')
  expect(await verifyLog(dir)).toMatchObject({ valid: false, verdict: 'MISSING' })
  await expect(openLog(dir).record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})

test('checkpoints go on over segments, and an edit in a compressed one is found with its place', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  for (let round = 0; round < 4; round++) await addSigned(dir, 5, { signingKey, ...SMALL })
  await rotated(dir, 0)
  const report = await verifyLog(dir, { publicKey })
  expect(report).toMatchObject({ verdict: 'INTACT', checkpoint: { unanchored: 0 } })
})

test('two processes of one folder rotate it together, and nothing is lost or doubled', async () => {
  const dir = temporary()
  const logs = [1, 2, 3].map(() => openLog(dir, SMALL))
  const made = await Promise.all(
    logs.flatMap((log) => Array.from({ length: 40 }, () => log.record(good).then((entry) => entry?.seq))),
  )
  for (const log of logs) await log.close()
  expect(new Set(made).size).toBe(120)
  const decided = await seqs(dir, { what: 'action.decided' })
  expect(decided).toEqual([...made].sort((a, b) => (a ?? 0) - (b ?? 0)))
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
  await rotated(dir, 1, { compressed: true })
  await allCompressed(dir)
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
})

test('whoever follows a log through many rotations gets every entry once', async () => {
  const dir = temporary()
  await rotated(dir, 10)
  const before = allLines(dir).length
  const stop = new AbortController()
  const seen: number[] = []
  const following = (async () => {
    for await (const { seq, why } of followLog(dir, { last: 2 }, { signal: stop.signal, pollMs: 20 })) {
      seen.push(seq)
      if (why === 'the end') stop.abort()
      if (seq % 7 === 0) await sleep(15) // slower than the writer: whole segments go by
    }
  })()
  const log = openLog(dir, SMALL)
  for (let index = 0; index < 80; index++) await log.record(good)
  await allCompressed(dir)
  await log.record({ ...good, why: 'the end' })
  await following
  const { length } = allLines(dir)
  expect(seen).toEqual(Array.from({ length: length - before + 2 }, (_, index) => before - 2 + index))
})

test('an entry whose writer died right after closing its segment is found there, and not written twice', async () => {
  const dir = temporary()
  await rotated(dir, 12, { compressed: true })
  const file = join(dir, 'audit.jsonl')
  for (const { seq, hash: own } of allLines(dir).map(parse)) {
    expect(holdsEntry(file, { seq, hash: own })).toBe(true)
    expect(holdsEntry(file, { seq: seq + 1, hash: own })).toBe(false)
  }
})
