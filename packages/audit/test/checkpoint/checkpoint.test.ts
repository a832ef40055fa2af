import { generateKeyPairSync } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { openAudit, ownerKey, verifyLog } from '../../src/index.js'
import { openCheckpoint } from '../../src/checkpoint/checkpoint.js'
import { fill, linesOf, openLog, temporary, writeLines } from '../folder.js'
import { addSigned, historyOf, latestOf, newOwner } from './signed.js'

const good = { who: 'test', what: 'test.record' }

test('a key inside the project of the log is refused, and nothing is recorded', async () => {
  const project = temporary()
  const dir = join(project, '.loki', 'audit')
  const log = openLog(dir, { checkpoints: true, keyDir: join(project, 'keys') })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'UNSAFE_PATH' })
  await expect(log.record(good)).rejects.toThrow('outside the project')
  expect(readdirSync(join(project, 'keys'))).toEqual([])
  expect(linesOf(dir)).toEqual([])
})

test.each([
  [
    'a key that others may read',
    (file: string) => {
      chmodSync(file, 0o644)
    },
  ],
  [
    'a key folder that others may enter',
    (file: string) => {
      chmodSync(join(file, '..'), 0o755)
    },
  ],
  [
    'a key that is none',
    (file: string) => {
      writeFileSync(file, 'nonsense')
    },
  ],
])('%s is refused', async (_, spoil) => {
  const dir = temporary()
  const keyDir = join(temporary(), 'keys')
  await addSigned(dir, 1, { keyDir })
  spoil(join(keyDir, 'owner.pem'))
  await expect(openLog(dir, { checkpoints: true, keyDir }).record(good)).rejects.toMatchObject({
    code: expect.stringMatching(/UNSAFE_PATH|INVALID_KEY/) as string,
  })
})

test('another kind of key is refused as signingKey', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const log = openLog(temporary(), { checkpoints: true, signingKey: privateKey })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'INVALID_KEY' })
})

test('a malformed setting is refused', async () => {
  expect(() => openLog(temporary(), { checkpoints: true, heartbeatMs: 0 })).toThrow('heartbeatMs')
  expect(() => openLog(temporary(), { env: { LOKI_AUDIT_CHECKPOINTS: 'maybe' } })).toThrow('LOKI_AUDIT_CHECKPOINTS')
  await expect(verifyLog(temporary(), { publicKey: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_KEY' })
})

test('a long-term key is made once, in LOKI_HOME, for its user alone', async () => {
  const home = temporary()
  const env = { LOKI_HOME: home, LOKI_AUDIT_CHECKPOINTS: 'true' }
  expect(ownerKey({ env })).toBeUndefined()
  for (const count of [2, 3]) {
    const log = openLog(temporary(), { env })
    for (let index = 0; index < count; index++) await log.record(good)
    await log.close()
    const { publicKey = '' } = (await log.verifyChain()).checkpoint ?? {}
    expect(publicKey).toBe(ownerKey({ env })?.vkey)
  }
  expect(statSync(join(home, 'audit-keys')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(home, 'audit-keys'))).toEqual(['owner.pem'])
  expect(statSync(ownerKey({ env })?.file ?? '').mode & 0o777).toBe(0o600)
})

test('without checkpoints nothing of them is on disk', async () => {
  const dir = temporary()
  await fill(dir, 3)
  expect(readdirSync(dir).filter((name) => name.startsWith('checkpoint'))).toEqual([])
  expect(await verifyLog(dir)).toMatchObject({ valid: true, verdict: 'UNSIGNED', checkpoint: null })
})

test.each([
  [
    'cut',
    (dir: string) => {
      writeLines(dir, linesOf(dir).slice(0, 2))
    },
  ],
  [
    'removed',
    (dir: string) => {
      rmSync(join(dir, 'audit.jsonl'))
    },
  ],
  [
    'signed as garbage',
    (dir: string) => {
      writeFileSync(latestOf(dir), 'garbage')
    },
  ],
])('a log that was %s behind its checkpoint is not extended', async (_, attack) => {
  const dir = temporary()
  const { signingKey } = newOwner()
  await addSigned(dir, 5, { signingKey })
  attack(dir)
  const before = existsSync(join(dir, 'audit.jsonl')) ? linesOf(dir) : []
  const log = openLog(dir, { checkpoints: true, signingKey })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  expect(linesOf(dir)).toEqual(before)
})

test('a checkpoint that was changed is said, not passed over', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 5, { signingKey })
  const note = readFileSync(latestOf(dir), 'utf8')
  writeFileSync(latestOf(dir), note.replace('\n5\n', '\n4\n'))
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: false, verdict: 'BAD_CHECKPOINT' })
  writeFileSync(latestOf(dir), note)
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ valid: true, verdict: 'INTACT' })
})

test('a copy that holds no checkpoint of the key does not pass for one that agrees', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 5, { signingKey })
  const other = temporary()
  await addSigned(other, 5, newOwner())
  const empty = join(other, 'empty')
  writeFileSync(empty, '')
  for (const anchor of [empty, latestOf(other), join(other, 'nowhere'), join(other, 'audit.jsonl')]) {
    const report = await verifyLog(dir, { publicKey, anchors: [anchor] })
    expect(report.valid, anchor).toBe(false)
    expect(report.verdict).toMatch(/BAD_CHECKPOINT|UNREADABLE/)
  }
  expect(await verifyLog(dir, { anchors: [latestOf(other)] })).toMatchObject({ valid: false, verdict: 'REWRITTEN' })
})

test('a log whose lines and numbers do not fit is not signed', async () => {
  const dir = temporary()
  await fill(dir, 6)
  writeLines(dir, linesOf(dir).toSpliced(2, 1))
  const log = openLog(dir, { checkpoints: true, signingKey: newOwner().signingKey })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
  expect(existsSync(latestOf(dir))).toBe(false)
})

test('every changed byte of a checkpoint makes it worth nothing', async () => {
  const dir = temporary()
  await addSigned(dir, 5, newOwner())
  const note = readFileSync(latestOf(dir))
  for (let index = 0; index < note.length; index++) {
    const changed = Buffer.from(note)
    changed.writeUInt8((note[index] ?? 0) ^ (1 << (index % 7)), index)
    expect(() => openCheckpoint(changed.toString('utf8')), `byte ${index}`).toThrow()
  }
})

test('a report says through which checkpoint the log is intact, and how much came later', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const now = (): Date => new Date('2026-01-31T12:00:00.500Z')
  await addSigned(dir, 5, { signingKey, now })
  await fill(dir, 2, { now })
  const report = await verifyLog(dir, { publicKey })
  expect(report).toMatchObject({
    valid: true,
    entries: 7,
    checkpoint: { size: 5, time: '2026-01-31T12:00:00.000Z', publicKey, trusted: true, unanchored: 2 },
  })
  expect(report.summary).toBe(
    'INTACT through the checkpoint of 5 entries signed on 2026-01-31T12:00:00.000Z; 2 later entries are unanchored',
  )
})

test.each([
  [
    'is missing',
    (file: string) => {
      rmSync(file)
    },
  ],
  [
    'is garbage',
    (file: string) => {
      writeFileSync(file, 'x'.repeat(100))
    },
  ],
  [
    'has another hash',
    (file: string) => {
      const bytes = readFileSync(file)
      bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40)
      writeFileSync(file, bytes)
    },
  ],
  [
    'ends in half a hash',
    (file: string) => {
      truncateSync(file, 40)
    },
  ],
  ['is as it was written', () => undefined],
])('a log goes on when its stored tree %s', async (_, spoil) => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 600, { signingKey })
  await fill(dir, 4)
  const tree = join(dir, 'audit.tree')
  const whole = readFileSync(tree)
  expect(whole).toHaveLength(2 * 32)
  spoil(tree)
  await addSigned(dir, 3, { signingKey })
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 607 } })
  expect(readFileSync(tree)).toEqual(whole)
})

test('a history that a crash cut off in its last line is read, and mended by the next writer', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 5, { signingKey })
  appendFileSync(historyOf(dir), '{"checkpoint":"loki-au')
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT' })
  await addSigned(dir, 5, { signingKey })
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 10 } })
  for (const line of readFileSync(historyOf(dir), 'utf8').trimEnd().split('\n'))
    expect(line).toMatch(/^\{"checkpoint":".*"\}$/)
})

test('checkpoints are signed while records come, at most one a second, and again when the log is idle', async () => {
  const dir = temporary()
  const { signingKey } = newOwner()
  const log = openLog(dir, { checkpoints: true, signingKey, heartbeatMs: 200 })
  await log.record(good)
  const sizes: number[] = []
  const look = (): number => openCheckpoint(readFileSync(latestOf(dir), 'utf8'))?.size ?? -1
  await vi.waitFor(
    () => {
      expect(look()).toBeGreaterThan(0)
    },
    { interval: 10 },
  )
  for (const begin = performance.now(); performance.now() - begin < 700;) {
    await log.record(good)
    if (sizes.at(-1) !== look()) sizes.push(look())
    await sleep(2)
  }
  expect(sizes.length).toBeLessThanOrEqual(2)
  await vi.waitFor(
    () => {
      expect(look()).toBe(linesOf(dir).length)
    },
    { timeout: 3_000 },
  )
  const { ino } = statSync(latestOf(dir))
  await vi.waitFor(
    () => {
      expect(statSync(latestOf(dir)).ino).not.toBe(ino)
    },
    { timeout: 3_000 },
  )
})

test('every run of a writer signs with a key of its own, and none is on disk', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  await addSigned(dir, 2, { signingKey })
  const first = readFileSync(latestOf(dir), 'utf8')
  await addSigned(dir, 2, { signingKey })
  const second = readFileSync(latestOf(dir), 'utf8')
  const session = (note: string): string => note.split('\n').at(-2)?.slice(-190, -150) ?? ''
  expect(session(first)).not.toBe(session(second))
  expect(readdirSync(dir).sort()).toEqual([
    'audit.jsonl',
    'audit.lock',
    'audit.tree',
    'checkpoint',
    'checkpoints.jsonl',
  ])
  expect(await verifyLog(dir, { publicKey })).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 4 } })
  for (const name of ['checkpoint', 'audit.tree', 'checkpoints.jsonl']) {
    expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  }
})

test('a checkpoint that cannot be written costs no record, and close() says so', async () => {
  const dir = temporary()
  const log = openAudit({ dir, enabled: true, env: {}, checkpoints: true, ...newOwner() })
  await log.record(good)
  await vi.waitFor(() => {
    expect(existsSync(historyOf(dir)) && existsSync(latestOf(dir))).toBe(true)
  })
  mkdirSync(`${latestOf(dir)}.new`)
  expect(await log.record(good)).toMatchObject({ seq: 1 })
  await expect(log.close()).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 2, checkpoint: { size: 2 } })
})

test('auto signs where the key lies outside the project, and verify says why a log is not signed where it does not', async () => {
  const project = temporary()
  const dir = join(project, '.loki', 'audit')
  const inside = openAudit({ dir, enabled: true, env: { LOKI_HOME: join(project, '.loki') }, checkpoints: 'auto' })
  expect(await inside.record(good)).toMatchObject({ seq: 0 })
  await inside.close()
  expect(existsSync(latestOf(dir))).toBe(false)
  vi.stubEnv('LOKI_HOME', join(project, '.loki'))
  expect((await verifyLog(dir)).summary).toContain('it is not signed because the folder of the signing key')
  vi.unstubAllEnvs()
  const off = openAudit({
    dir,
    enabled: true,
    env: { LOKI_HOME: temporary(), LOKI_AUDIT_CHECKPOINTS: 'off' },
    checkpoints: 'auto',
  })
  await off.record(good)
  await off.close()
  expect(existsSync(latestOf(dir))).toBe(false)
  await addSigned(dir, 1, { env: { LOKI_HOME: temporary() }, checkpoints: 'auto' })
  expect(await verifyLog(dir)).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 3 } })
})
