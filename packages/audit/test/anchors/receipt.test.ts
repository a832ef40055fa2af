import { appendFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fileAnchor, readReceipts } from '../../src/anchors/index.js'
import { keepReceipt } from '../../src/anchors/receipt.js'
import type { Receipt } from '../../src/anchors/index.js'
import { verifyLog } from '../../src/index.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown } from './logs.js'

const receipt = (size: number, checkpoint = 'note'): Receipt => ({
  version: 1,
  kind: 'file',
  name: '/mnt/x',
  time: '2026-01-31T12:00:00.000Z',
  origin: 'loki-audit/x',
  size,
  checkpoint,
})

it('what is no receipt is told with its place, and does not hide the others', async () => {
  const dir = temporary()
  keepReceipt(dir, receipt(1))
  keepReceipt(dir, { ...receipt(2), name: '/mnt/y' })
  const [file = ''] = (await readReceipts(dir)).files
  for (const line of ['nonsense', '{"version":2}', '{"version":1,"kind":"file"}', `"${'x'.repeat(200_000)}"`]) {
    writeFileSync(file, `${line}\n`)
    const { receipts, problems } = await readReceipts(dir)
    expect(receipts).toHaveLength(1)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(file)
  }
})

it('a log without receipts has none, and reading makes no folder', async () => {
  const dir = temporary()
  expect(await readReceipts(dir)).toEqual({ files: [], receipts: [], problems: [] })
  expect(readdirSync(dir)).toEqual([])
})

it('receipts are for their user alone, in order, and half a line is none', async () => {
  const dir = temporary()
  keepReceipt(dir, receipt(1), { tsr: Buffer.of(1, 2), checkpoint: 'note' })
  const [file = ''] = (await readReceipts(dir)).files
  appendFileSync(file, '{"version":1,"ki')
  expect((await readReceipts(dir)).receipts).toHaveLength(1)
  keepReceipt(dir, receipt(2))
  const { receipts, problems } = await readReceipts(dir)
  expect(receipts.map(({ size }) => size)).toEqual([1, 2])
  expect(problems).toEqual([])
  expect(statSync(join(dir, 'anchors')).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(join(dir, 'anchors')))
    expect(statSync(join(dir, 'anchors', name)).mode & 0o777).toBe(0o600)
})

it('a full file is put aside once, and still read before the new one', async () => {
  const dir = temporary()
  const checkpoint = 'x'.repeat(100_000)
  for (let size = 0; size < 400; size++) keepReceipt(dir, receipt(size, checkpoint))
  const { receipts, files } = await readReceipts(dir)
  expect(files.map((file) => file.endsWith('.old.jsonl'))).toEqual([true, false])
  const sizes = receipts.map(({ size }) => size)
  expect(sizes.at(-1)).toBe(399)
  expect(sizes).toEqual(Array.from({ length: sizes.length }, (_, at) => 400 - sizes.length + at))
})

it('receipts of many anchors are copies that verify takes together', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const folder = temporary()
  for (const name of ['a', 'b'])
    await fileAnchor({ dir, path: join(folder, name) }).keep(await grown(dir, 3, signingKey))
  const { files } = await readReceipts(dir)
  expect(files).toHaveLength(2)
  expect(await verifyLog(dir, { publicKey, anchors: files })).toMatchObject({ verdict: 'INTACT' })
})
