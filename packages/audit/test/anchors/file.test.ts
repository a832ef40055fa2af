import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileAnchor, readReceipts } from '../../src/anchors/index.js'
import { verifyLog } from '../../src/index.js'
import { newOwner } from '../checkpoint/signed.js'
import { temporary } from '../folder.js'
import { grown } from './logs.js'
import { fill, isMountable, smallDisk } from './small-disk.js'

if (!isMountable) console.warn('a full disk is not tested: this user may not mount')

describe('a file anchor refuses', () => {
  it('a folder that is not there: the mount may be missing', async () => {
    const dir = temporary()
    const checkpoint = await grown(dir, 3, newOwner().signingKey)
    const anchor = fileAnchor({ dir, path: join(temporary(), 'missing', 'checkpoint') })
    await expect(anchor.keep(checkpoint)).rejects.toMatchObject({ code: 'ANCHOR_FAILED' })
    expect((await readReceipts(dir)).receipts).toEqual([])
  })

  it('what is no checkpoint, and an older one than it has', async () => {
    const dir = temporary()
    const path = join(temporary(), 'checkpoint')
    const { signingKey } = newOwner()
    const older = await grown(dir, 3, signingKey)
    const newer = await grown(dir, 3, signingKey)
    const anchor = fileAnchor({ dir, path })
    await expect(anchor.keep('nothing')).rejects.toMatchObject({ code: 'INVALID_NOTE' })
    await anchor.keep(newer)
    await expect(anchor.keep(older)).rejects.toMatchObject({ code: 'ANCHOR_CONFLICT' })
    expect(readFileSync(path, 'utf8')).toBe(newer)
  })
})

describe('a file anchor', () => {
  it('keeps the latest and the history, and says that the disk is the same', async () => {
    const dir = temporary()
    const folder = temporary()
    const path = join(folder, 'checkpoint')
    const { signingKey, publicKey } = newOwner()
    const anchor = fileAnchor({ dir, path })
    const notes = [await grown(dir, 3, signingKey)]
    await anchor.keep(notes[0] ?? '')
    await anchor.keep(notes[0] ?? '')
    // What a crash left of a line is cut off.
    writeFileSync(`${path}.jsonl`, '{"checkpo', { flag: 'a' })
    notes.push(await grown(dir, 3, signingKey))
    await anchor.keep(notes[1] ?? '')
    expect(readFileSync(path, 'utf8')).toBe(notes[1])
    expect(readFileSync(`${path}.jsonl`, 'utf8').split('\n')).toHaveLength(4)
    expect(readdirSync(folder).sort()).toEqual(['checkpoint', 'checkpoint.jsonl'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const { receipts } = await readReceipts(dir)
    expect(receipts.map(({ warning }) => warning?.includes('same device'))).toEqual([true, true, true])
    const report = await verifyLog(dir, { publicKey, anchors: [path, `${path}.jsonl`] })
    expect(report).toMatchObject({ verdict: 'INTACT' })
  })

  it('takes a log that was begun anew: it is another one, and the history keeps both', async () => {
    const path = join(temporary(), 'checkpoint')
    for (const count of [9, 2]) {
      const dir = temporary()
      await fileAnchor({ dir, path }).keep(await grown(dir, count, newOwner().signingKey))
    }
    expect(readFileSync(`${path}.jsonl`, 'utf8').trim().split('\n')).toHaveLength(2)
  })

  it.skipIf(!isMountable)('on a full disk leaves what was there, and a full disk of receipts is an error', async () => {
    const full = smallDisk()
    const dir = temporary()
    const path = join(full, 'checkpoint')
    const { signingKey } = newOwner()
    const first = await grown(dir, 3, signingKey)
    const anchor = fileAnchor({ dir, path })
    await anchor.keep(first)
    expect((await readReceipts(dir)).receipts[0]).not.toHaveProperty('warning')
    fill(full)
    const second = await grown(dir, 3, signingKey)
    await expect(anchor.keep(second)).rejects.toMatchObject({ code: 'ANCHOR_FAILED' })
    expect(readFileSync(path, 'utf8')).toBe(first)
    expect(readdirSync(full).sort()).toEqual(['checkpoint', 'checkpoint.jsonl', 'rest'])
    expect(readFileSync(`${path}.jsonl`, 'utf8').endsWith('\n')).toBe(true)

    mkdirSync(join(dir, 'anchors'), { recursive: true })
    spawnSync('mount', ['--bind', full, join(dir, 'anchors')])
    const elsewhere = fileAnchor({ dir, path: join(temporary(), 'checkpoint') })
    await expect(elsewhere.keep(second)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
    expect((await readReceipts(dir)).receipts).toEqual([])
    spawnSync('umount', [join(dir, 'anchors')])
  })
})
