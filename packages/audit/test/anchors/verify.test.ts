import { generateKeyPairSync } from 'node:crypto'
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readReceipts, witnessAnchor } from '../../src/anchors/index.js'
import { keepReceipt } from '../../src/anchors/receipt.js'
import { cosignerKey } from '../../src/anchors/cosignature.js'
import { verifyLog } from '../../src/index.js'
import { signerOf } from '../../src/note/key.js'
import { parseNote, timeSignature } from '../../src/note/note.js'
import { latestOf, newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown, witnessOf } from './logs.js'

const TIME = '2026-01-31T12:00:00.000Z'
const STRANGER = signerOf('stranger.example', generateKeyPairSync('ed25519').privateKey)

/** A log of 10 entries, of which a witness has cosigned the first 7. */
async function witnessed(): Promise<{
  dir: string
  key: string
  publicKey: string
  receipts: string
  add: (count: number) => Promise<string>
}> {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const { url, key } = await witnessOf([publicKey], { now: () => new Date(TIME) })
  await witnessAnchor({ url, key, dir }).keep(await grown(dir, 7, signingKey))
  await grown(dir, 3, signingKey)
  const [receipts = ''] = (await readReceipts(dir)).files
  return { dir, key, publicKey, receipts, add: (count) => grown(dir, count, signingKey) }
}

describe('verify', () => {
  it('with the key of a witness refuses a log that it has not cosigned, or whose receipts are gone', async () => {
    const { dir, key, publicKey, receipts } = await witnessed()
    const other = cosignerKey(STRANGER)
    expect(await verifyLog(dir, { witnesses: [other] })).toMatchObject({ valid: false, verdict: 'UNSIGNED' })
    rmSync(receipts)
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, checkpoint: { witness: null } })
    const report = await verifyLog(dir, { publicKey, witnesses: [key] })
    expect(report).toMatchObject({ valid: false, verdict: 'UNSIGNED', code: 'UNSIGNED', entries: 10 })
    expect(report.error).toContain('cosigned')
  })

  it('refuses a malformed key of a witness that it was given, and reports one that a receipt names', async () => {
    const { dir, receipts } = await witnessed()
    await expect(verifyLog(dir, { witnesses: ['x'] })).rejects.toMatchObject({ code: 'INVALID_KEY' })
    writeFileSync(receipts, readFileSync(receipts, 'utf8').replace(/"key":"[^"]*"/, '"key":"x"'))
    expect(await verifyLog(dir)).toMatchObject({ verdict: 'BAD_CHECKPOINT' })
  })

  it('reports a receipt whose cosignature does not hold, and one that is no receipt', async () => {
    const { dir, receipts } = await witnessed()
    const whole = readFileSync(receipts, 'utf8')
    appendFileSync(receipts, 'nonsense\n')
    expect(await verifyLog(dir)).toMatchObject({ verdict: 'BAD_CHECKPOINT' })
    const line = JSON.parse(whole) as { checkpoint: string }
    const bytes = Buffer.from(line.checkpoint.trimEnd().split(' ').at(-1) ?? '', 'base64')
    bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11) // its time
    const checkpoint = `${line.checkpoint.slice(0, line.checkpoint.lastIndexOf(' '))} ${bytes.toString('base64')}\n`
    writeFileSync(receipts, `${JSON.stringify({ ...line, checkpoint })}\n`)
    const report = await verifyLog(dir)
    expect(report).toMatchObject({ verdict: 'BAD_CHECKPOINT' })
    expect(report.error).toContain('witness.example/w1')
  })

  it('says through which anchor, at which size and time, and how many came later', async () => {
    const { dir, key, publicKey } = await witnessed()
    const report = await verifyLog(dir, { publicKey, witnesses: [key] })
    expect(report).toMatchObject({
      verdict: 'INTACT',
      checkpoint: {
        size: 10,
        witness: { name: 'witness.example/w1', size: 7, time: TIME, publicKey: key, trusted: true, unanchored: 3 },
      },
    })
    expect(report.summary).toMatch(
      /^INTACT through the anchor at size 7 \(time 2026-01-31T12:00:00.000Z, witness witness.example\/w1\); 3 later entries are unanchored, of which 3 are in the checkpoint signed on \S+Z$/,
    )
  })

  it('believes no witness that only the folder names: the sentence says to compare its key', async () => {
    const { dir, publicKey, receipts, add } = await witnessed()
    rmSync(receipts)
    const note = await add(1)
    const checkpoint = `${note}${timeSignature(parseNote(note).text, STRANGER, 1)}`
    const [origin = ''] = note.split('\n')
    keepReceipt(dir, {
      version: 1,
      kind: 'witness',
      name: 'trust.me',
      time: TIME,
      origin,
      size: 11,
      checkpoint,
      key: cosignerKey(STRANGER),
    })
    const report = await verifyLog(dir, { publicKey })
    expect(report).toMatchObject({ valid: true, checkpoint: { witness: { size: 11, trusted: false } } })
    expect(report.summary).toContain(`nobody vouched for the witness ${cosignerKey(STRANGER)}, compare it`)
  })

  it('takes a cosigned copy from elsewhere, when the receipts are gone', async () => {
    const { dir, key, receipts } = await witnessed()
    const copy = join(temporary(), 'copy.jsonl')
    cpSync(receipts, copy)
    rmSync(receipts)
    const report = await verifyLog(dir, { witnesses: [key], anchors: [copy] })
    expect(report).toMatchObject({ verdict: 'INTACT', checkpoint: { witness: { size: 7, trusted: true } } })
  })

  it('finds a log that was cut behind the receipts, without being told of any copy', async () => {
    const { dir, publicKey } = await witnessed()
    const lines = readFileSync(join(dir, 'audit.jsonl'), 'utf8').split('\n')
    writeFileSync(join(dir, 'audit.jsonl'), `${lines.slice(0, 5).join('\n')}\n`)
    for (const file of ['checkpoint', 'checkpoints.jsonl']) rmSync(join(dir, file))
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'TRUNCATED', brokenAt: 5 })
  })

  it('finds other entries in the place of those that were cosigned', async () => {
    const { dir, publicKey } = await witnessed()
    const other = temporary()
    const { signingKey } = newOwner()
    await grown(other, 10, signingKey)
    cpSync(join(other, 'audit.jsonl'), join(dir, 'audit.jsonl'))
    for (const file of ['checkpoint', 'checkpoints.jsonl']) rmSync(join(dir, file))
    expect(readFileSync(latestOf(other), 'utf8')).not.toBe('')
    expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'REWRITTEN', brokenAt: 0 })
  })
})
