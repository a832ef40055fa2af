import { mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { AuditError, openAudit, searchLog, verifyLog } from '../../src/index.js'
import type { Anchor, AuditEntry, AuditOptions } from '../../src/index.js'
import { openCheckpoint } from '../../src/checkpoint/checkpoint.js'
import { newOwner } from '../checkpoint/signed.js'
import { openLog, temporary } from '../folder.js'

const good = { who: 'test', what: 'test.record' }

/** A promise that the test resolves. */
function gateOf(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined
  const promise = new Promise<void>((resolve) => {
    open = resolve
  })
  return {
    promise,
    open: () => {
      open()
    },
  }
}

function anchorOf(keep: (checkpoint: string) => Promise<void>, name = 'elsewhere'): Anchor {
  return { name, keep }
}

test.each<[string, AuditOptions]>([
  ['another word', { env: { LOKI_AUDIT_DURABILITY: 'paranoid' } }],
  ['anchored without checkpoints', { durability: 'anchored', anchors: [anchorOf(() => Promise.resolve())] }],
  ['anchored without anchors', { durability: 'anchored', checkpoints: true }],
  ['a reaction to failure that there is none of', { env: { LOKI_AUDIT_ON_FAILURE: 'ignore' } }],
])('%s is refused', (_, options) => {
  expect(() => openAudit({ dir: '/nowhere', enabled: true, env: {}, ...options })).toThrow(AuditError)
})

test('an anchored record waits for every anchor, and many share one checkpoint', async () => {
  const dir = temporary()
  const kept: string[] = []
  const gate = gateOf()
  const anchors = [
    anchorOf((note) => {
      kept.push(note)
      return Promise.resolve()
    }, 'quick'),
    anchorOf(() => gate.promise, 'slow'),
  ]
  const log = openLog(dir, { checkpoints: true, ...newOwner(), durability: 'anchored', anchors })
  const answered: number[] = []
  const records = Array.from({ length: 20 }, () => log.record(good).then((entry) => answered.push(entry?.seq ?? -1)))
  await vi.waitFor(() => {
    expect(kept.length).toBeGreaterThan(0)
  })
  expect(answered).toEqual([])
  gate.open()
  await Promise.all(records)
  expect(answered).toHaveLength(20)
  expect(kept.length).toBeLessThanOrEqual(3)
  expect(openCheckpoint(kept.at(-1) ?? '')?.size).toBe(20)
})

test('a record that an anchor refuses is rejected, and on disk all the same', async () => {
  const dir = temporary()
  const anchors = [anchorOf(() => Promise.reject(new Error('the witness is away')), 'witness')]
  const log = openLog(dir, { checkpoints: true, ...newOwner(), durability: 'anchored', anchors })
  await expect(log.record(good)).rejects.toMatchObject({ code: 'NOT_ANCHORED' })
  await expect(log.record(good)).rejects.toThrow('witness did not keep the checkpoint: the witness is away')
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 2 })
})

test('anchored records of a linked log wait at its writer, or are refused by one without anchors', async () => {
  const dir = temporary()
  const owner = newOwner()
  const gate = gateOf()
  const anchored: AuditOptions = {
    checkpoints: true,
    ...owner,
    durability: 'anchored',
    anchors: [anchorOf(() => gate.promise)],
  }
  const writer = openAudit({ dir, enabled: true, env: {}, ...anchored, durability: 'durable' })
  await writer.record(good)
  const linked = openLog(dir, anchored)
  let entry: AuditEntry | undefined
  const record = linked.record(good).then((made) => (entry = made))
  await writer.record(good)
  expect(entry).toBeUndefined()
  gate.open()
  await record
  expect(entry?.seq).toBeGreaterThan(0)
  await linked.close()
  await writer.close()

  const bare = openLog(dir, {})
  await bare.record(good)
  await expect(openLog(dir, anchored).record(good)).rejects.toMatchObject({ code: 'NOT_ANCHORED' })
})

test('a log that is closed signs and anchors what still waits', async () => {
  const dir = temporary()
  const kept: number[] = []
  const anchors = [
    anchorOf((note) => {
      kept.push(openCheckpoint(note)?.size ?? -1)
      return Promise.resolve()
    }),
  ]
  const options: AuditOptions = { checkpoints: true, ...newOwner(), durability: 'anchored', anchors }
  const log = openAudit({ dir, enabled: true, env: {}, ...options })
  const records = [log.record(good), log.record(good)]
  await log.close()
  expect((await Promise.all(records)).map((entry) => entry?.seq)).toEqual([0, 1])
  expect(kept.at(-1)).toBe(2)
})

test('a buffered record is in the file when it is acknowledged, and its checkpoint covers it', async () => {
  const dir = temporary()
  const log = openLog(dir, { checkpoints: true, ...newOwner(), durability: 'buffered' })
  for (let index = 0; index < 50; index++) {
    const entry = await log.record(good)
    expect(readFileSync(join(dir, 'audit.jsonl'), 'utf8')).toContain(entry?.hash)
  }
  await log.close()
  expect(await verifyLog(dir)).toMatchObject({ verdict: 'INTACT', checkpoint: { size: 50, unanchored: 0 } })
})

test('on alarm, lost records resolve, one alarm is raised, and the log tells of the loss when it can', async () => {
  const dir = temporary()
  const file = join(dir, 'audit.jsonl')
  const alarms: string[] = []
  const onAlarm = ({ code }: AuditError): void => void alarms.push(code)
  const log = openLog(dir, { onFailure: 'alarm', onAlarm })
  mkdirSync(file) // no file can be opened where a folder is
  expect(await log.record(good)).toBeUndefined()
  expect(await log.record(good)).toBeUndefined()
  expect(alarms).toHaveLength(1)
  await expect(log.record({ who: '', what: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  renameSync(file, `${file}.folder`)
  expect(await log.record(good)).toMatchObject({ seq: 0 })
  await log.close()
  const entries: AuditEntry[] = []
  for await (const entry of searchLog(dir)) entries.push(entry)
  expect(entries.map(({ what }) => what)).toEqual(['test.record', 'records.lost'])
  expect(entries[1]?.metadata).toMatchObject({ count: 2, codes: alarms })
})
