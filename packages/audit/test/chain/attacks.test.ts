import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { verifyLog } from '../../src/index.js'
import { addSigned, historyOf, latestOf, newOwner } from '../checkpoint/signed.js'
import { fill, linesOf, openLog, parse, rehash, temporary, writeLines } from '../folder.js'

// The fourteen attacks that an audit log of this kind has to face; those with several processes are in
// ../writer/processes.test.ts.

test('an untouched log verifies', async () => {
  const dir = temporary()
  await fill(dir, 50)
  const report = await verifyLog(dir)
  expect(report).toMatchObject({ valid: true, entries: 50, brokenAt: null, line: null, code: null, error: null })
  expect(report.head).toEqual({ seq: 49, hash: parse(linesOf(dir).at(-1)).hash })
})

test('an edited entry is found at its index', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  lines[20] = lines[20]?.replace('agent:2', 'agent:9') ?? ''
  writeLines(dir, lines)
  expect(await verifyLog(dir)).toMatchObject({
    valid: false,
    entries: 20,
    brokenAt: 20,
    line: 21,
    code: 'HASH_MISMATCH',
  })
})

test('an edited entry whose own hash was made to fit is found by the next one', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  lines[20] = rehash(lines[20]?.replace('agent:2', 'agent:9') ?? '')
  writeLines(dir, lines)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, brokenAt: 21, code: 'CHAIN_BROKEN' })
})

test('a deleted entry is found', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  writeLines(dir, lines.toSpliced(20, 1))
  expect(await verifyLog(dir)).toMatchObject({ valid: false, brokenAt: 20, code: 'SEQ_GAP' })
})

test('entries in another order are found', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  const [a = '', b = ''] = lines.slice(20, 22)
  writeLines(dir, lines.toSpliced(20, 2, b, a))
  expect(await verifyLog(dir)).toMatchObject({ valid: false, brokenAt: 20 })
})

test('the last 20 entries cut off are found by the checkpoint', async () => {
  const dir = temporary()
  await addSigned(dir, 50, newOwner())
  writeLines(dir, linesOf(dir).slice(0, 30))
  expect(await verifyLog(dir)).toMatchObject({
    valid: false,
    verdict: 'TRUNCATED',
    entries: 30,
    brokenAt: 30,
    line: 31,
  })
})

test('a removed log is reported as missing, not as empty and fine', async () => {
  const dir = temporary()
  await fill(dir, 50)
  rmSync(join(dir, 'audit.jsonl'))
  expect(await verifyLog(dir)).toMatchObject({ valid: false, entries: 0, code: 'MISSING' })
})

test('an emptied log is reported as missing', async () => {
  const dir = temporary()
  await fill(dir, 50)
  truncateSync(join(dir, 'audit.jsonl'))
  expect(await verifyLog(dir)).toMatchObject({ valid: false, entries: 0, code: 'MISSING' })
})

test('a removed log is not just missing where a checkpoint says how much there was', async () => {
  const dir = temporary()
  await addSigned(dir, 50, newOwner())
  rmSync(join(dir, 'audit.jsonl'))
  const report = await verifyLog(dir)
  expect(report).toMatchObject({ valid: false, verdict: 'MISSING', brokenAt: 0, line: 1 })
  expect(report.error).toContain('a checkpoint of 50 entries was signed')
})

test('a log removed and begun anew is found by the checkpoint', async () => {
  const dir = temporary()
  await addSigned(dir, 50, newOwner())
  for (const count of [1, 60]) {
    writeLines(dir, await fill(temporary(), count))
    expect(await verifyLog(dir)).toMatchObject({ valid: false, verdict: 'REWRITTEN', brokenAt: 0 })
  }
  await expect(openLog(dir).record({ who: 'w', what: 't' })).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})

test('20 entries cut out and every hash made anew is found by the checkpoint', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 8, { signingKey })
  await addSigned(dir, 42, { signingKey })
  forge(dir)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, verdict: 'TRUNCATED', entries: 30, brokenAt: 30 })
  const elsewhere = temporary()
  writeLines(elsewhere, linesOf(dir))
  writeLines(dir, await fill(elsewhere, 40))
  expect(await verifyLog(dir, { publicKey })).toMatchObject({
    valid: false,
    verdict: 'REWRITTEN',
    entries: 70,
    brokenAt: 8,
    line: 9,
  })
})

test('a log made anew and signed with another key is found by whoever has the key of the first', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 50, { signingKey })
  forge(dir)
  for (const name of ['checkpoint', 'checkpoints.jsonl', 'audit.tree']) rmSync(join(dir, name))
  await addSigned(dir, 30, newOwner())
  expect(await verifyLog(dir)).toMatchObject({ valid: true, verdict: 'INTACT', checkpoint: { trusted: false } })
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: false, verdict: 'UNSIGNED', entries: 60 })
})

test('checkpoints removed or rolled back together with the log are found by a copy kept elsewhere', async () => {
  const dir = temporary()
  const elsewhere = join(temporary(), 'anchor')
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 30, { signingKey })
  const [latest, history, lines] = [readFileSync(latestOf(dir)), readFileSync(historyOf(dir)), linesOf(dir)]
  await addSigned(dir, 20, { signingKey })
  copyFileSync(latestOf(dir), elsewhere)
  expect(await verifyLog(dir, { publicKey, anchors: [elsewhere] })).toMatchObject({ verdict: 'INTACT', entries: 50 })

  writeLines(dir, lines)
  writeFileSync(latestOf(dir), latest)
  writeFileSync(historyOf(dir), history)
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, checkpoint: { size: 30 } })
  expect(await verifyLog(dir, { publicKey, anchors: [elsewhere] })).toMatchObject({
    valid: false,
    verdict: 'TRUNCATED',
    brokenAt: 30,
  })
  rmSync(latestOf(dir))
  rmSync(historyOf(dir))
  expect(await verifyLog(dir)).toMatchObject({ valid: true, verdict: 'UNSIGNED' })
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: false, verdict: 'UNSIGNED' })
  expect(await verifyLog(dir, { anchors: [elsewhere] })).toMatchObject({ valid: false, verdict: 'TRUNCATED' })
})

test('a log rolled back with its checkpoints and grown again is a fork, proven by a copy kept elsewhere', async () => {
  const dir = temporary()
  const elsewhere = join(temporary(), 'anchor')
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 30, { signingKey })
  const saved = ['audit.jsonl', 'checkpoint', 'checkpoints.jsonl', 'audit.tree'].map(
    (name) => [join(dir, name), readFileSync(join(dir, name))] as const,
  )
  await addSigned(dir, 20, { signingKey })
  copyFileSync(latestOf(dir), elsewhere)
  for (const [file, bytes] of saved) writeFileSync(file, bytes)
  await addSigned(dir, 40, { signingKey })
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, entries: 70 })
  expect(await verifyLog(dir, { publicKey, anchors: [elsewhere] })).toMatchObject({
    valid: false,
    verdict: 'FORKED',
    brokenAt: 30,
  })
})

test('a field that is not part of an entry is found, even with a hash that fits', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  lines[20] = rehash(lines[20]?.replace(/}$/, ',"zzz":1}') ?? '')
  writeLines(dir, lines)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, brokenAt: 20, code: 'NOT_CANONICAL' })
})

test('a key that stands twice is found, even with a hash that fits', async () => {
  const dir = temporary()
  const lines = await fill(dir, 50)
  lines[20] = rehash(lines[20]?.replace('"who":', '"who":"somebody else","who":') ?? '')
  writeLines(dir, lines)
  expect(await verifyLog(dir)).toMatchObject({ valid: false, brokenAt: 20, code: 'NOT_CANONICAL' })
})

test.each([
  ['an empty line', '\n'],
  ['a line of spaces', '  \n'],
  ['a carriage return', '\r\n'],
])('%s at the end is found', async (_, text) => {
  const dir = temporary()
  await fill(dir, 50)
  appendFileSync(join(dir, 'audit.jsonl'), text)
  expect(await verifyLog(dir)).toMatchObject({
    valid: false,
    entries: 50,
    brokenAt: 50,
    line: 51,
    code: 'NOT_CANONICAL',
  })
})

test('a torn last line is reported, then set aside and never appended to', async () => {
  const dir = temporary()
  await fill(dir, 50)
  const file = join(dir, 'audit.jsonl')
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, -40))
  expect(await verifyLog(dir)).toMatchObject({ valid: false, entries: 49, brokenAt: 49, code: 'TORN_TAIL' })
  const log = openLog(dir)
  expect(await log.record({ who: 'me', what: 'after' })).toMatchObject({ seq: 50 })
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 51 })
  expect(
    linesOf(dir)
      .slice(49)
      .map((line) => parse(line).what),
  ).toEqual(['log.recovered', 'after'])
})

test('every single changed byte of a log is found', { timeout: 60_000 }, async () => {
  const dir = temporary()
  await fill(dir, 50)
  const bytes = readFileSync(join(dir, 'audit.jsonl'))
  const fd = openSync(join(dir, 'audit.jsonl'), 'r+')
  const missed: number[] = []
  for (let index = 0; index < bytes.length; index++) {
    writeSync(fd, Buffer.of((bytes[index] ?? 0) ^ (1 << (index % 8))), 0, 1, index)
    if ((await verifyLog(dir)).valid) missed.push(index)
    writeSync(fd, bytes, index, 1, index)
  }
  closeSync(fd)
  expect(await verifyLog(dir)).toMatchObject({ valid: true })
  expect(bytes.length).toBeGreaterThan(10_000)
  expect(missed).toEqual([])
})

test('every inserted and every removed byte is found', { timeout: 60_000 }, async () => {
  const dir = temporary()
  await fill(dir, 8)
  const bytes = readFileSync(join(dir, 'audit.jsonl'))
  const file = join(dir, 'mutated.jsonl')
  const missed: string[] = []
  for (let index = 0; index < bytes.length; index++) {
    const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)]
    const byte = (index * 167) % 256
    // A byte put beside its twin is found as an insertion; one removed, as a deletion.
    writeFileSync(file, Buffer.concat([before, Buffer.of(byte), after]))
    if ((await verifyLog(file)).valid) missed.push(`${byte} inserted at ${index}`)
    writeFileSync(file, Buffer.concat([before, after.subarray(1)]))
    if ((await verifyLog(file)).valid) missed.push(`removed at ${index}`)
  }
  expect(missed).toEqual([])
})

/** Cuts entries 10 to 29 out and gives every later one the number, link and hash that fit. */
function forge(dir: string): void {
  let previous = 'GENESIS'
  const forged = linesOf(dir)
    .toSpliced(10, 20)
    .map((line, seq) => {
      const entry = parse(line)
      const next = rehash(line.replace(entry.previousHash, previous).replace(`"seq":${entry.seq},`, `"seq":${seq},`))
      previous = parse(next).hash
      return next
    })
  writeLines(dir, forged)
}
