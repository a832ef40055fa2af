import { renameSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { followLog, openAudit } from '../../src/index.js'
import type { AuditEntry, AuditQuery } from '../../src/index.js'
import { fill, openLog, temporary } from '../folder.js'

/** Follows until so many entries came, telling the test of each. */
async function follow(
  dir: string,
  query: AuditQuery,
  { wanted, seen }: { wanted: number; seen?: (entry: AuditEntry) => void | Promise<void> },
): Promise<number[]> {
  const controller = new AbortController()
  const found: number[] = []
  for await (const entry of followLog(dir, query, { signal: controller.signal, pollMs: 20 })) {
    found.push(entry.seq)
    await seen?.(entry)
    if (found.length === wanted) controller.abort()
  }
  return found
}

test('a log that becomes shorter is reported, not followed', async () => {
  const dir = temporary()
  await fill(dir, 4)
  const cut = (): void => {
    truncateSync(join(dir, 'audit.jsonl'), 10)
  }
  await expect(follow(dir, { last: 1 }, { wanted: 5, seen: cut })).rejects.toMatchObject({ code: 'LOG_DAMAGED' })
})

test('a signal that fired already ends it at once, and one that fires later ends the waiting', async () => {
  const dir = temporary()
  await fill(dir, 2)
  const entries: AuditEntry[] = []
  for await (const entry of followLog(dir, {}, { signal: AbortSignal.abort() })) entries.push(entry)
  for await (const entry of followLog(dir, {}, { signal: AbortSignal.timeout(50), pollMs: 60_000 })) entries.push(entry)
  expect(entries).toEqual([])
})

test('the last entries that match come first and then each new one, none twice', async () => {
  const dir = temporary()
  await fill(dir, 10)
  const log = openLog(dir)
  const more = async ({ seq }: AuditEntry): Promise<void> => {
    if (seq !== 9) return
    for (let index = 0; index < 6; index++) await log.record({ who: `agent:${index % 3}`, what: 'later' })
  }
  expect(await follow(dir, { who: 'agent:0', last: 2 }, { wanted: 4, seen: more })).toEqual([6, 9, 10, 13])
})

test('a log that is not there yet is waited for', async () => {
  const dir = join(temporary(), 'audit')
  const followed = follow(dir, { last: 5 }, { wanted: 2 })
  const log = openLog(dir)
  await log.record({ who: 'w', what: 't' })
  await log.record({ who: 'w', what: 't' })
  expect(await followed).toEqual([0, 1])
})

test('it goes on in the file that takes the place of the one it reads', async () => {
  const dir = temporary()
  await fill(dir, 3)
  const replace = async ({ seq }: AuditEntry): Promise<void> => {
    if (seq !== 2) return
    renameSync(join(dir, 'audit.jsonl'), join(dir, 'closed.jsonl'))
    const log = openAudit({ dir, enabled: true, env: {} })
    await log.record({ who: 'new', what: 't' })
    await log.close()
  }
  expect(await follow(dir, { last: 1 }, { wanted: 2, seen: replace })).toEqual([2, 0])
})

test('a log that was rotated before it was found is followed from its first entry', async () => {
  const dir = join(temporary(), 'audit')
  const followed = follow(dir, {}, { wanted: 20 })
  const log = openAudit({ dir, enabled: true, env: {}, maxSizeMb: 0.001 })
  for (let index = 0; index < 20; index++) await log.record({ who: 'w', what: 't', why: 'x'.repeat(100) })
  await log.close()
  expect(await followed).toEqual(Array.from({ length: 20 }, (_, index) => index))
})
