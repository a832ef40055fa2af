import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  erasePersonal,
  openAudit,
  proveEntry,
  readPersonal,
  recordPersonal,
  sweepPersonal,
  verifyLog,
  verifyProof,
} from '../../src/index.js'
import type { AuditEntry, AuditLog } from '../../src/index.js'
import { fill, linesOf, openLog, temporary } from '../folder.js'

const CAROL = { name: 'Carol', mail: 'carol@example.com' }
const who = 'cli:alice'
const reason = 'request 17'

async function recorded(log: AuditLog, personal = CAROL): Promise<AuditEntry> {
  const entry = await recordPersonal(log, { who, what: 'note.taken', metadata: { ticket: 7 } }, personal)
  if (entry === undefined) throw new Error('expected an entry')
  return entry
}

function commitmentOf(entry: AuditEntry): string {
  const personal = entry.metadata?.personal
  return typeof personal === 'string' ? personal : 'none'
}

function blobOf(dir: string, entry: AuditEntry): string {
  return join(dir, 'personal', `${commitmentOf(entry)}.json`)
}

describe('what is refused', () => {
  it('does not store what cannot be recorded', async () => {
    const dir = temporary()
    const log = openLog(dir)
    await expect(recordPersonal(log, { who: '', what: 'x' }, CAROL)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(recordPersonal(log, { who, what: 'x', metadata: { personal: 'mine' } }, CAROL)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
    await expect(recordPersonal(log, { who, what: 'x' }, { text: 'x'.repeat(70_000) })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(existsSync(join(dir, 'personal'))).toBe(false)
  })

  it('takes the payload back where the log turns the record away', async () => {
    const dir = temporary()
    const log = openLog(dir)
    await recorded(log)
    await log.close()
    await expect(recorded(log)).rejects.toMatchObject({ code: 'CLOSED' })
    expect(readdirSync(join(dir, 'personal'))).toHaveLength(1)
  })

  it('follows no link in the place of the folder, to write, to read or to erase', async () => {
    const dir = temporary()
    const elsewhere = temporary()
    const log = openLog(dir)
    const entry = await recorded(log)
    copyFileSync(blobOf(dir, entry), join(elsewhere, `${commitmentOf(entry)}.json`))
    rmSync(join(dir, 'personal'), { recursive: true })
    symlinkSync(elsewhere, join(dir, 'personal'))
    const unsafe = { code: 'UNSAFE_PATH' }
    await expect(recorded(log)).rejects.toMatchObject(unsafe)
    await expect(readPersonal(dir, entry)).rejects.toMatchObject(unsafe)
    await expect(erasePersonal(log, { seq: entry.seq, who, reason })).rejects.toMatchObject(unsafe)
    await expect(sweepPersonal(log, { who, olderThanMs: 0 })).rejects.toMatchObject(unsafe)
    expect(readdirSync(elsewhere)).toHaveLength(1)
    expect(linesOf(dir)).toHaveLength(1)
  })

  it.runIf(process.platform !== 'win32')('does not use a folder that others can read', async () => {
    const dir = temporary()
    const log = openLog(dir)
    await recorded(log)
    chmodSync(join(dir, 'personal'), 0o755)
    await expect(recorded(log)).rejects.toMatchObject({ code: 'UNSAFE_PATH' })
  })

  it.each([
    ['a missing entry', { seq: 99 }],
    ['an entry without a payload', { seq: 0 }],
    ['a commitment that is a path', { commitment: '../../etc/passwd' }],
    ['a commitment of no entry', { commitment: '0'.repeat(64) }],
    ['neither', {}],
    ['both', { seq: 1, commitment: '0'.repeat(64) }],
  ])('erases nothing for %s', async (_, which) => {
    const dir = temporary()
    const log = openLog(dir)
    await log.record({ who, what: 'x' })
    const entry = await recorded(log)
    await expect(erasePersonal(log, { ...which, who, reason })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(existsSync(blobOf(dir, entry))).toBe(true)
    expect(linesOf(dir)).toHaveLength(2)
  })

  it('erases nothing without a reason', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const { seq } = await recorded(log)
    await expect(erasePersonal(log, { seq, who, reason: ' ' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(linesOf(dir)).toHaveLength(1)
  })
})

describe('a payload that was tampered with', () => {
  it.each([
    ['another payload', (text: string) => text.replace('Carol', 'Mallo')],
    ['another salt', (text: string) => text.replace(/"salt":"../, '"salt":"00')],
    ['no JSON', () => 'x'],
    ['a payload that is no object', (text: string) => text.replace(/"payload":\{.*?\}/, '"payload":[]')],
    ['far too many bytes', () => ' '.repeat(200_000)],
  ])('is not shown: %s', async (_, change) => {
    const dir = temporary()
    const entry = await recorded(openLog(dir))
    const file = blobOf(dir, entry)
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, change(text))
    expect(await readPersonal(dir, entry)).toMatchObject({ kind: 'altered', commitment: commitmentOf(entry) })
  })

  it('is not shown through a link', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const entry = await recorded(log)
    const copy = join(temporary(), 'copy')
    copyFileSync(blobOf(dir, entry), copy)
    rmSync(blobOf(dir, entry))
    symlinkSync(copy, blobOf(dir, entry))
    expect(await readPersonal(dir, entry)).toMatchObject({ kind: 'altered' })
    expect(await erasePersonal(log, { seq: entry.seq, who, reason })).toMatchObject({ removed: true })
    expect(existsSync(copy)).toBe(true)
  })

  it('is called missing where no entry says that it was erased', async () => {
    const dir = temporary()
    const entry = await recorded(openLog(dir))
    rmSync(blobOf(dir, entry))
    expect(await readPersonal(dir, entry)).toEqual({ kind: 'missing', commitment: commitmentOf(entry) })
  })
})

describe('recording', () => {
  it('keeps the payload out of the line, and commits to it with a salt', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const entry = await recorded(log)
    expect(linesOf(dir).join()).not.toMatch(/Carol|carol/)
    expect(entry.metadata).toEqual({ ticket: 7, personal: commitmentOf(entry) })
    const { payload, salt } = JSON.parse(readFileSync(blobOf(dir, entry), 'utf8')) as {
      payload: object
      salt: string
    } // as docs/formats/erasure.md says
    const canonical = '{"mail":"carol@example.com","name":"Carol"}'
    expect(JSON.stringify(payload)).toBe(canonical)
    expect(createHmac('sha256', Buffer.from(salt, 'hex')).update(canonical).digest('hex')).toBe(commitmentOf(entry))
    expect(await readPersonal(dir, entry)).toEqual({
      kind: 'present',
      commitment: commitmentOf(entry),
      personal: CAROL,
    })
    expect(statSync(blobOf(dir, entry)).mode & 0o777).toBe(0o600)
    expect(statSync(join(dir, 'personal')).mode & 0o777).toBe(0o700)
  })

  it('gives equal payloads different commitments', async () => {
    const log = openLog(temporary())
    expect(commitmentOf(await recorded(log))).not.toBe(commitmentOf(await recorded(log)))
  })

  it('does nothing while auditing is off', async () => {
    const log = openAudit({ env: { LOKI_AUDIT_DISABLED: 'true' } })
    expect(await recordPersonal(log, { who, what: 'x' }, CAROL)).toBeUndefined()
    expect(await erasePersonal(log, { seq: 0, who, reason })).toBeUndefined()
    expect(await sweepPersonal(log, { who })).toMatchObject({ kept: 0, orphans: [] })
  })
})

describe('erasing', () => {
  it('removes payload and salt, records that, and leaves chain and proofs whole', async () => {
    const dir = temporary()
    const keyDir = join(temporary(), 'keys')
    const log = openLog(dir, { checkpoints: true, keyDir })
    const entry = await recorded(log)
    const erasure = await erasePersonal(log, { seq: entry.seq, who, reason, requestedBy: 'dsr-17' })
    await log.close()
    expect(erasure).toMatchObject({
      removed: true,
      seq: 0,
      record: { who, what: 'erasure', why: reason, metadata: { erased: commitmentOf(entry), requested_by: 'dsr-17' } },
    })
    expect(readdirSync(join(dir, 'personal'))).toEqual([])
    expect(await readPersonal(dir, entry)).toMatchObject({ kind: 'erased', erasure: { seq: 1 } })
    const report = await verifyLog(dir)
    expect(report).toMatchObject({ valid: true, verdict: 'INTACT', entries: 2 })
    const publicKey = report.checkpoint?.publicKey ?? ''
    expect(verifyProof(await proveEntry(dir, 0), { publicKey }).entry).toEqual(entry)
  })

  it('finds the payload by its commitment too', async () => {
    const dir = temporary()
    const log = openLog(dir)
    await recorded(log)
    const entry = await recorded(log)
    const commitment = commitmentOf(entry)
    expect(await erasePersonal(log, { commitment, who, reason })).toMatchObject({ seq: 1, removed: true })
    expect(readdirSync(join(dir, 'personal'))).toHaveLength(1)
  })

  it('says so once, however many erase at once, and not again', async () => {
    const dir = temporary()
    const logs = [openLog(dir), openLog(dir)]
    const { seq } = await recorded(logs[0] ?? openLog(dir))
    const results = await Promise.all(logs.map((log) => erasePersonal(log, { seq, who, reason })))
    expect(results.filter((result) => result?.removed)).toHaveLength(1)
    const lines = linesOf(dir).length
    const again = await erasePersonal(openLog(dir), { seq, who, reason })
    expect(again).toMatchObject({ removed: false, record: { what: 'erasure' } })
    expect(linesOf(dir)).toHaveLength(lines)
    expect((await verifyLog(dir)).valid).toBe(true)
  })

  it('is completed by the next call where it was interrupted before its record', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const entry = await recorded(log)
    rmSync(blobOf(dir, entry))
    expect(await erasePersonal(log, { seq: 0, who, reason })).toMatchObject({ removed: false, record: { seq: 1 } })
    expect(await readPersonal(dir, entry)).toMatchObject({ kind: 'erased' })
  })
})

describe('sweeping', () => {
  it('finds what a killed recorder left, and leaves what is young or belongs to an entry', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const kept = await recorded(log)
    const orphan = 'a'.repeat(64)
    const young = 'b'.repeat(64)
    const half = `${'c'.repeat(64)}.${'0'.repeat(16)}.new`
    for (const name of [`${orphan}.json`, `${young}.json`, half, 'notes.txt']) {
      writeFileSync(join(dir, 'personal', name), '{}')
    }
    const old = new Date(Date.now() - 2 * 86_400_000)
    for (const file of [blobOf(dir, kept), join(dir, 'personal', `${orphan}.json`), join(dir, 'personal', half)]) {
      utimesSync(file, old, old)
    }
    const found = { orphans: [orphan], returned: [], unfinished: [half], kept: 2 }
    expect(await sweepPersonal(log, { who, dryRun: true })).toEqual({ ...found, record: undefined })
    expect(readdirSync(join(dir, 'personal'))).toHaveLength(5)
    expect(await sweepPersonal(log, { who })).toMatchObject({ ...found, record: { what: 'erasure.swept', who } })
    expect(readdirSync(join(dir, 'personal')).sort()).toEqual(
      [`${commitmentOf(kept)}.json`, `${young}.json`, 'notes.txt'].sort(),
    )
    expect(await sweepPersonal(log, { who })).toMatchObject({ orphans: [], record: undefined })
  })

  it('removes a payload that a backup brought back, which is not shown in the meantime either', async () => {
    const dir = temporary()
    const log = openLog(dir)
    const entry = await recorded(log)
    const backup = readFileSync(blobOf(dir, entry))
    await erasePersonal(log, { seq: 0, who, reason })
    writeFileSync(blobOf(dir, entry), backup)
    expect(await readPersonal(dir, entry)).toMatchObject({ kind: 'erased' })
    const swept = await sweepPersonal(log, { who, olderThanMs: 0 })
    expect(swept).toMatchObject({ returned: [commitmentOf(entry)], orphans: [], kept: 0 })
    expect(existsSync(blobOf(dir, entry))).toBe(false)
  })

  it('has nothing to do in a log without payloads', async () => {
    const dir = temporary()
    await fill(dir, 3)
    mkdirSync(join(dir, 'personal'), { mode: 0o700 })
    expect(await sweepPersonal(openLog(dir), { who })).toMatchObject({ orphans: [], kept: 0 })
    expect(linesOf(dir)).toHaveLength(3)
  })
})

it('is what the page of the format says, by openssl', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/formats/erasure.md'), 'utf8')
  const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''
  expect(execFileSync('sh', ['-c', block('sh')], { cwd: temporary(), encoding: 'utf8' })).toBe(block('text'))
})
