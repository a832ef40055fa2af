import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pruneLog } from '../../src/index.js'
import { headOf, readBehind } from '../../src/forward/source.js'
import type { Place } from '../../src/forward/source.js'
import { allLines, parse, temporary } from '../folder.js'
import { rotated } from './rotated.js'

const limits = { records: 3, bytes: 100_000 }

function readAll(file: string, from: Place): { seqs: number[]; place: Place } {
  const seqs: number[] = []
  let place = from
  for (;;) {
    const records = readBehind(file, place, limits)
    const last = records.at(-1)
    if (last === undefined) return { seqs, place }
    seqs.push(...records.map(({ entry }) => entry.seq))
    place = last.place
  }
}

test('a forwarder goes from segment to segment, and on from where it was when segments were closed behind it', async () => {
  const dir = temporary()
  const file = join(dir, 'audit.jsonl')
  await rotated(dir, 11, { compressed: true })
  const before = readAll(file, { cursor: null, offset: 0 })
  expect(before.seqs).toEqual(allLines(dir).map((line) => parse(line).seq))
  await rotated(dir, 12, { compressed: true })
  const all = allLines(dir).map((line) => parse(line).seq)
  const after = readAll(file, before.place)
  expect([...before.seqs, ...after.seqs]).toEqual(all)
  expect(headOf(file)).toBe(all.at(-1))
})

test('a forwarder whose entries were pruned before they were sent says so', async () => {
  const dir = temporary()
  const file = join(dir, 'audit.jsonl')
  await rotated(dir, 30, { compressed: true })
  const behind = readBehind(file, { cursor: null, offset: 0 }, limits).at(-1)?.place
  await pruneLog(dir, { env: {}, maxFiles: 2, retentionDays: 0 })
  expect(() => readBehind(file, behind ?? { cursor: null, offset: 0 }, limits)).toThrow('was pruned')
  expect(readAll(file, { cursor: null, offset: 0 }).seqs).toEqual(allLines(dir).map((line) => parse(line).seq))
})
