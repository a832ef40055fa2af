import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  countLog,
  openAudit,
  proveConsistency,
  proveEntry,
  pruneLog,
  searchLog,
  verifyConsistency,
  verifyLog,
  verifyProof,
} from '../../src/index.js'
import type { AuditOptions, JsonObject } from '../../src/index.js'
import { addSigned, latestOf, newOwner } from '../checkpoint/signed.js'
import { allLines, closedNames, linesOf, openLog, parse, temporary } from '../folder.js'
import { good, rotated, SMALL } from './rotated.js'

const later = (days: number) => (): Date => new Date(Date.now() + days * 86_400_000)
const unsigned: AuditOptions = { env: {} }

test('nothing is pruned that is young, or among the last files, whichever keeps more', async () => {
  const dir = temporary()
  await rotated(dir, 30, { compressed: true })
  const count = closedNames(dir).length
  expect(await pruneLog(dir, { ...unsigned, maxFiles: 1 })).toMatchObject({ segments: [], kept: count })
  expect(await pruneLog(dir, { ...unsigned, now: later(400), maxFiles: 500 })).toMatchObject({
    segments: [],
    kept: count,
  })
  expect(await pruneLog(dir, { ...unsigned, now: later(29), maxFiles: 1 })).toMatchObject({ segments: [], seq: null })
  expect(closedNames(dir)).toHaveLength(count)
})

test('a dry run says what would go and touches nothing', async () => {
  const dir = temporary()
  await rotated(dir, 30, { compressed: true })
  const before = readdirSync(dir, { recursive: true })
  const report = await pruneLog(dir, { ...unsigned, now: later(31), maxFiles: 3, dryRun: true })
  expect(report).toMatchObject({ dryRun: true, seq: null, kept: 3 })
  expect(report.segments[0]).toMatchObject({ number: 1, firstSeq: 0 })
  expect(readdirSync(dir, { recursive: true })).toEqual(before)
})

test('a pruned log verifies behind its tombstone and says so', async () => {
  const dir = temporary()
  await rotated(dir, 30, { compressed: true })
  const all = allLines(dir).map(parse)
  const report = await pruneLog(dir, { ...unsigned, now: later(31), maxFiles: 3 })
  const gone = report.segments.reduce((sum, { entries }) => sum + entries, 0)
  expect(closedNames(dir)).toHaveLength(4) // the tombstone was recorded on another day, which began a segment
  const verified = await verifyLog(dir)
  expect(verified).toMatchObject({
    valid: true,
    pruned: { entries: gone, seq: report.seq },
    entries: all.length + 2 - gone,
  })
  expect(verified.summary).toContain(
    `the first ${gone} entries were pruned under the tombstone at seq ${report.seq ?? ''}`,
  )
  const entry = parse(allLines(dir).find((line) => parse(line).what === 'segments.pruned'))
  const told = entry.metadata?.segments as unknown as readonly JsonObject[]
  expect(told).toHaveLength(report.segments.length)
  expect(told[0]).toMatchObject({ number: 1, firstSeq: 0, lastHash: all[Number(told[0]?.entries) - 1]?.hash })
  for await (const { seq } of searchLog(dir)) {
    expect(seq).toBe(gone)
    break
  }
  expect(await countLog(dir, { seq: 0 })).toBe(0)
})

test('only what a signed checkpoint covers is pruned', async () => {
  const dir = temporary()
  const { signingKey } = newOwner()
  await addSigned(dir, 1, { signingKey })
  await rotated(dir, 20, { compressed: true })
  const options = { ...unsigned, now: later(31), maxFiles: 1 }
  expect(await pruneLog(dir, options)).toMatchObject({ segments: [], seq: null })
  expect((await pruneLog(dir, options)).unsigned).toBeGreaterThan(2)
  await addSigned(dir, 1, { signingKey })
  expect((await pruneLog(dir, options)).segments.length).toBeGreaterThan(2)
})

test('checkpoints, proofs and growth go on over two prunings, with and without the stored tree', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const signed = { checkpoints: true, signingKey }
  await rotated(dir, 30, { ...signed, compressed: true })
  const old = readFileSync(latestOf(dir), 'utf8')
  await rotated(dir, 30, { ...signed, compressed: true })
  for (const maxFiles of [6, 3]) {
    const { segments } = await pruneLog(dir, { ...unsigned, ...signed, now: later(31), maxFiles })
    expect(segments.length).toBeGreaterThan(2)
    await rotated(dir, 5, { ...signed, compressed: true })
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT', checkpoint: { unanchored: 0 } })
  }
  for (const isStored of [true, false]) {
    if (!isStored) rmSync(join(dir, 'audit.tree'))
    for (const { seq } of allLines(dir).map(parse)) {
      expect(verifyProof(await proveEntry(dir, seq), { publicKey }).entry.seq).toBe(seq)
    }
    await expect(proveEntry(dir, 0)).rejects.toThrow('was pruned')
    await expect(proveConsistency(dir, old)).rejects.toMatchObject({ code: 'READ_FAILED' })
  }
  const newer = readFileSync(latestOf(dir), 'utf8')
  await addSigned(dir, 4, { signingKey })
  const growth = await proveConsistency(dir, newer)
  expect(verifyConsistency(growth, { oldCheckpoint: newer, publicKey })).toMatchObject({
    size: expect.any(Number) as number,
  })
})

test('a log of more than a stored subtree proves its growth even from before what was pruned', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const signed = { checkpoints: true, signingKey }
  await addSigned(dir, 512, { signingKey })
  const old = readFileSync(latestOf(dir), 'utf8')
  await addSigned(dir, 700, { signingKey })
  await rotated(dir, 12, { ...signed, compressed: true })
  expect(
    (await pruneLog(dir, { ...unsigned, ...signed, now: later(31), maxFiles: 1 })).segments.length,
  ).toBeGreaterThan(1)
  const proof = await proveConsistency(dir, old)
  expect(verifyConsistency(proof, { oldCheckpoint: old, publicKey })).toMatchObject({ oldSize: 512 })
})

test('what a crash left of a pruning is taken up by the next one', async () => {
  const dir = temporary()
  await rotated(dir, 30, { compressed: true })
  const first = readFileSync(join(dir, 'segments', '000001.jsonl.gz'))
  await pruneLog(dir, { ...unsigned, now: later(31), maxFiles: 5 })
  expect(existsSync(join(dir, 'segments', '000001.jsonl.gz'))).toBe(false)
  writeFileSync(join(dir, 'segments', '000001.jsonl.gz'), first)
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
  await pruneLog(dir, { ...unsigned, now: later(31), maxFiles: 4 })
  expect(existsSync(join(dir, 'segments', '000001.jsonl.gz'))).toBe(false)
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
})

test('the writer prunes by itself when a segment is closed', async () => {
  const dir = temporary()
  let now = Date.now()
  const log = openAudit({ dir, enabled: true, env: {}, ...SMALL, maxFiles: 2, now: () => new Date(now) })
  for (let index = 0; index < 20; index++) await log.record(good)
  now += 40 * 86_400_000
  for (let index = 0; index < 20; index++) await log.record(good)
  await expect.poll(() => closedNames(dir).length, { timeout: 10_000 }).toBeLessThan(14)
  await log.close()
  const report = await verifyLog(dir)
  expect(report).toMatchObject({ valid: true })
  expect(report.pruned?.entries).toBeGreaterThan(0)
  expect(await openLog(dir).record(good)).toBeDefined()
  expect(linesOf(dir).length).toBeGreaterThan(0)
})
