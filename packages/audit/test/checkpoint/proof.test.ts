import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { proveConsistency, proveEntry, verifyConsistency, verifyProof } from '../../src/index.js'
import { fill, linesOf, parse, temporary, writeLines } from '../folder.js'
import { addSigned, latestOf, newOwner } from './signed.js'

const invalid = expect.objectContaining({ code: expect.stringMatching(/INVALID_(PROOF|NOTE)/) as string }) as Error

test('nothing is proven without a checkpoint, of an entry that is not signed yet, or of a changed log', async () => {
  const dir = temporary()
  await fill(dir, 3)
  await expect(proveEntry(dir, 0)).rejects.toMatchObject({ code: 'NO_CHECKPOINT' })
  await addSigned(dir, 2, newOwner())
  await fill(dir, 1)
  for (const seq of [5, -1, 0.5]) await expect(proveEntry(dir, seq)).rejects.toMatchObject({ code: 'NO_CHECKPOINT' })
  const lines = linesOf(dir)
  writeLines(dir, lines.with(1, lines[2] ?? ''))
  await expect(proveEntry(dir, 0)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  writeLines(dir, lines.slice(0, 4))
  await expect(proveEntry(dir, 0)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  await expect(proveEntry(`${dir}/nowhere`, 0)).rejects.toMatchObject({ code: 'READ_FAILED' })
})

test('every entry of logs of many sizes is proven by the file and the key alone', async () => {
  const { signingKey, publicKey } = newOwner()
  for (const size of [1, 2, 3, 7, 8, 21]) {
    const dir = temporary()
    await addSigned(dir, size, { signingKey })
    const lines = linesOf(dir)
    for (let seq = 0; seq < size; seq++) {
      const text = await proveEntry(dir, seq)
      const entry = parse(lines[seq])
      expect(verifyProof(text, { publicKey, entry })).toMatchObject({ entry, size, publicKey })
      expect(verifyProof(text, { publicKey, entry: lines[seq] ?? '' }).entry).toEqual(entry)
    }
  }
})

test('a proof of another entry, place, log or key is refused, and so is every changed byte', async () => {
  const { signingKey, publicKey } = newOwner()
  const dir = temporary()
  await addSigned(dir, 6, { signingKey })
  const text = await proveEntry(dir, 2)
  const other = parse(linesOf(dir)[3])
  expect(() => verifyProof(text, { publicKey, entry: other })).toThrow(invalid)
  expect(() => verifyProof(text, { publicKey: newOwner().publicKey })).toThrow(invalid)
  expect(() => verifyProof('', { publicKey })).toThrow(invalid)
  const bytes = Buffer.from(text)
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8((bytes[index] ?? 0) ^ (1 << (index % 7)), index)
    expect(() => verifyProof(changed.toString('utf8'), { publicKey }), `byte ${index}`).toThrow()
  }
})

test('growth is proven from every older checkpoint, and refused where the log was changed', async () => {
  const { signingKey, publicKey } = newOwner()
  const dir = temporary()
  const olds: string[] = []
  for (const count of [1, 3, 4, 9]) {
    await addSigned(dir, count, { signingKey })
    olds.push(readFileSync(latestOf(dir), 'utf8'))
  }
  for (const [index, oldSize] of [1, 4, 8, 17].entries()) {
    const oldCheckpoint = olds[index] ?? ''
    const text = await proveConsistency(dir, oldCheckpoint)
    expect(verifyConsistency(text, { oldCheckpoint, publicKey })).toMatchObject({ oldSize, size: 17 })
    const wrong = olds[(index + 1) % olds.length] ?? ''
    expect(() => verifyConsistency(text, { oldCheckpoint: wrong, publicKey })).toThrow(invalid)
  }
  const elsewhere = temporary()
  await addSigned(elsewhere, 2, { signingKey })
  await expect(proveConsistency(elsewhere, olds[0] ?? '')).rejects.toMatchObject({ code: 'INVALID_PROOF' })
  const lines = linesOf(dir)
  writeLines(dir, lines.slice(0, 10))
  await expect(proveConsistency(dir, olds[1] ?? '')).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})
