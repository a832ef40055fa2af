import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pruneLog, verifyLog } from '../../src/index.js'
import { addSigned, newOwner } from '../checkpoint/signed.js'
import { closedNames, parse, rehash, temporary } from '../folder.js'
import { rotated, SMALL } from './rotated.js'

const DAY_MS = 86_400_000

/** A signed log with pruned, compressed and plain segments. */
async function everything(dir: string): Promise<string> {
  const { signingKey, publicKey } = newOwner()
  const signed = { checkpoints: true, signingKey }
  await rotated(dir, 16, { ...signed, compressed: true })
  const later = new Date(Date.now() + 40 * DAY_MS)
  const { segments } = await pruneLog(dir, { ...signed, env: {}, now: () => later, maxFiles: 2 })
  expect(segments.length).toBeGreaterThan(1)
  await addSigned(dir, 3, { signingKey })
  return publicKey
}

// LOKI_TEST_EVERY_BYTE=true takes every byte instead of some hundred of each file; that takes minutes.
const SHARE = process.env.LOKI_TEST_EVERY_BYTE === 'true' ? Infinity : 120

test('no single changed byte of any file of evidence is ever intact', { timeout: 600_000 }, async () => {
  const dir = temporary()
  const publicKey = await everything(dir)
  const whole = await verifyLog(dir, { publicKey })
  expect(whole).toMatchObject({ verdict: 'INTACT', valid: true })
  const files = ['audit.jsonl', ...readdirSync(join(dir, 'segments')).map((name) => join('segments', name))].filter(
    (name) => !name.endsWith('audit.lock'),
  )
  expect(files.map((name) => name.replace(/\d+/, 'n'))).toEqual(
    expect.arrayContaining(['audit.jsonl', 'segments/n.jsonl.gz', 'segments/n.json', 'segments/pruned.json']),
  )
  const intact: string[] = []
  for (const name of files) {
    const file = join(dir, name)
    const bytes = readFileSync(file)
    const step = Math.max(1, Math.floor(bytes.length / SHARE))
    for (let index = 0; index < bytes.length; index += step) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((bytes[index] ?? 0) ^ (1 << (index % 8)), index)
      writeFileSync(file, changed)
      const { valid } = await verifyLog(dir, { publicKey })
      if (valid) intact.push(`${name} byte ${index}`)
    }
    writeFileSync(file, bytes)
  }
  expect(intact).toEqual([])
  expect(await verifyLog(dir, { publicKey })).toEqual(whole)
})

test.each(['first', 'middle', 'last'])('the %s closed segment, removed by hand, is missing', async (which) => {
  const dir = temporary()
  await rotated(dir, 16, { compressed: true })
  const names = closedNames(dir)
  const index = which === 'first' ? 0 : which === 'last' ? names.length - 1 : 2
  rmSync(join(dir, 'segments', names[index] ?? ''))
  const report = await verifyLog(dir)
  expect(report).toMatchObject({ valid: false, verdict: 'MISSING', code: 'MISSING' })
  expect(report.error).toContain(`segment ${index + 1} is gone`)
  expect(report.segment).toBe(names[index + 1] === undefined ? 'audit.jsonl' : `segments/${names[index + 1] ?? ''}`)
})

test('all closed segments, removed by hand, are missing', async () => {
  const dir = temporary()
  await rotated(dir, 16, { compressed: true })
  const count = closedNames(dir).length
  rmSync(join(dir, 'segments'), { recursive: true })
  const report = await verifyLog(dir)
  expect(report).toMatchObject({ verdict: 'MISSING', entries: 0 })
  expect(report.error).toContain(`segments 1 to ${count} are gone`)
})

test('two segments that changed names are found', async () => {
  const dir = temporary()
  await rotated(dir, 16, { compressed: true })
  const [first = '', second = ''] = closedNames(dir).map((name) => join(dir, 'segments', name))
  renameSync(first, `${first}.x`)
  renameSync(second, first)
  renameSync(`${first}.x`, second)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, segment: 'segments/000001.jsonl.gz', line: 1 })
})

test('an edited line is found by segment, line and number, also where every later hash was made anew', async () => {
  const dir = temporary()
  const { signingKey } = newOwner()
  await rotated(dir, 16, { checkpoints: true, signingKey, compressed: true })
  const file = join(dir, 'segments', '000002.jsonl.gz')
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n').slice(0, -1)
  const seq = parse(lines[1]).seq
  lines[1] = (lines[1] ?? '').replace('ALLOW', 'DENY')
  const place = { segment: 'segments/000002.jsonl', line: 2, brokenAt: seq }
  const plain = file.replace('.gz', '')
  writeFileSync(plain, lines.map((line) => `${line}\n`).join(''))
  for (const mode of ['strict', 'fast'] as const) {
    expect(await verifyLog(dir, { mode })).toMatchObject({ valid: false, code: 'HASH_MISMATCH', ...place })
  }
  for (let index = 1; index < lines.length; index++) {
    const previous = parse(lines[index - 1]).hash
    lines[index] = rehash((lines[index] ?? '').replace(/"previousHash":"[^"]*"/, `"previousHash":"${previous}"`))
  }
  writeFileSync(plain, lines.map((line) => `${line}\n`).join(''))
  expect(await verifyLog(dir)).toMatchObject({
    valid: false,
    code: 'SEGMENT_CHANGED',
    segment: 'segments/000003.jsonl.gz',
  })
})

test('a segment that was compressed by somebody else is not taken, whatever its text', async () => {
  const dir = temporary()
  await rotated(dir, 16, { compressed: true })
  const file = join(dir, 'segments', '000001.jsonl.gz')
  writeFileSync(file, gzipSync(gunzipSync(readFileSync(file))))
  expect(await verifyLog(dir)).toMatchObject({
    valid: false,
    code: 'SEGMENT_CHANGED',
    segment: 'segments/000001.jsonl.gz',
  })
})

test('a closed segment that is not as the next one names it is not compressed: it is evidence', async () => {
  const dir = temporary()
  await rotated(dir, 8, { compressed: true })
  const names = closedNames(dir)
  const packed = join(dir, 'segments', names[0] ?? '')
  const plain = packed.replace('.gz', '')
  const text = gunzipSync(readFileSync(packed)).toString('utf8').replace('ALLOW', 'DENY!')
  writeFileSync(plain, text)
  rmSync(packed)
  await rotated(dir, 1)
  expect(readFileSync(plain, 'utf8')).toBe(text)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, segment: 'segments/000001.jsonl' })
})

test('a tombstone that nobody recorded stands for nothing', async () => {
  const dir = temporary()
  const publicKey = await everything(dir)
  const [forged, honest] = [temporary(), temporary()]
  for (const copy of [forged, honest]) cpSync(dir, copy, { recursive: true })
  expect(await verifyLog(honest, { publicKey })).toMatchObject({ verdict: 'INTACT' })
  // The tombstone of a log that was never pruned: its segments are removed, and another log's tombstone is put there.
  rmSync(forged, { recursive: true })
  await rotated(forged, 16, { compressed: true })
  copyFileSync(join(dir, 'segments', 'pruned.json'), join(forged, 'segments', 'pruned.json'))
  expect(await verifyLog(forged)).toMatchObject({ valid: false })
  expect((await verifyLog(forged)).verdict).not.toBe('INTACT')
})

test('a fast verification finds what changes a hash, a number or a link, and nothing about spelling', async () => {
  const dir = temporary()
  await rotated(dir, 16, { ...SMALL, compressed: true })
  expect(await verifyLog(dir, { mode: 'fast' })).toEqual(await verifyLog(dir))
  const file = join(dir, 'audit.jsonl')
  const text = readFileSync(file, 'utf8')
  for (const [from, to] of [
    ['"seq":', '"seq":1'],
    ['previousHash":"sha256:', 'previousHash":"sha256:0'],
    ['ALLOW', 'DENY'],
  ]) {
    writeFileSync(file, text.replace(from ?? '', to ?? ''))
    expect(await verifyLog(dir, { mode: 'fast' })).toMatchObject({ valid: false })
  }
})
