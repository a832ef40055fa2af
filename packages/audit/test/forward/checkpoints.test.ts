import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openForwarding } from '../../src/forward/index.js'
import type { TargetStatus } from '../../src/forward/index.js'
import { verifyLog } from '../../src/index.js'
import type { AuditEntry } from '../../src/index.js'
import { addSigned, latestOf, newOwner } from '../checkpoint/signed.js'
import { fill, temporary } from '../folder.js'
import { httpServer } from './servers.js'
import type { Answer, Asked } from './servers.js'
import { strictElasticsearch } from './strict-elasticsearch.js'
import type { Documents } from './strict-elasticsearch.js'

const KEY = 'bXk6a2V5'

async function receiver(meddle: (asked: Asked, count: number) => Answer | undefined = () => undefined): Promise<{
  entries: () => AuditEntry[]
  asked: Asked[]
  drain: (dir: string) => Promise<TargetStatus | undefined>
}> {
  const stored: Documents = new Map()
  const strict = strictElasticsearch(stored, KEY)
  const server = await httpServer((asked) => meddle(asked, server.asked.length) ?? strict(asked))
  const env = { LOKI_AUDIT_ELASTICSEARCH_URL: server.url, LOKI_AUDIT_ELASTICSEARCH_API_KEY: KEY }
  return {
    entries: () =>
      [...stored.values()].map(({ event }) => JSON.parse((event as { original: string }).original) as AuditEntry),
    asked: server.asked,
    drain: async (dir) => {
      const forwarding = openForwarding({ dir, env })
      try {
        return (await forwarding.drain())[0]
      } finally {
        await forwarding.close()
      }
    },
  }
}

it('a checkpoint that does not verify is not sent, the entries are, and the failure is told', async () => {
  const dir = temporary()
  await addSigned(dir, 3, newOwner())
  writeFileSync(latestOf(dir), readFileSync(latestOf(dir), 'utf8').replace('\n3\n', '\n2\n'))
  const { drain, entries } = await receiver()
  const status = await drain(dir)
  expect(status).toMatchObject({ delivered: 3, lag: 0, checkpoint: null })
  expect(status?.failure?.reason).toContain('signature')
  expect(entries()).toHaveLength(3)
})

it('a checkpoint waits for a receiver that is down', async () => {
  const dir = temporary()
  await addSigned(dir, 3, newOwner())
  const { drain, entries } = await receiver((_, count) => (count === 2 ? { status: 503 } : undefined))
  expect(await drain(dir)).toMatchObject({ delivered: 3, lag: 0, checkpoint: null, failure: { attempts: 1 } })
  expect(await drain(dir)).toMatchObject({ delivered: 3, checkpoint: { size: 3 }, failure: null })
  expect(entries()).toHaveLength(4)
})

it('a log without checkpoints has none to send', async () => {
  const dir = temporary()
  await fill(dir, 3)
  const { drain, asked } = await receiver()
  expect(await drain(dir)).toMatchObject({ delivered: 3, checkpoint: null, failure: null })
  expect(asked).toHaveLength(1)
})

it('each new checkpoint goes behind the entries that it covers, once, and twice is once', async () => {
  const dir = temporary()
  const { signingKey, publicKey } = newOwner()
  const { drain, entries, asked } = await receiver()
  for (const count of [3, 2]) {
    await addSigned(dir, count, { signingKey })
    await drain(dir)
    await drain(dir)
  }
  expect(asked).toHaveLength(4)
  expect(entries().map(({ what, seq }) => `${what} ${seq}`)).toEqual([
    ...['action.decided 0', 'action.decided 1', 'action.decided 2', 'log.checkpoint 3'],
    ...['action.decided 3', 'action.decided 4', 'log.checkpoint 5'],
  ])
  // A cursor that was removed, or of a release that knew no checkpoints, sends it again: the id is the same.
  const cursor = join(dir, 'forward', 'elasticsearch', 'cursor.json')
  const { checkpoint, ...old } = JSON.parse(readFileSync(cursor, 'utf8')) as { checkpoint: unknown }
  expect(checkpoint).toMatchObject({ size: 5 })
  writeFileSync(cursor, JSON.stringify(old))
  expect(await drain(dir)).toMatchObject({ checkpoint, failure: null })
  expect(asked).toHaveLength(5)
  expect(entries()).toHaveLength(7)

  // What the receiver has is an anchor: a log that was cut is found out with it.
  const copies = join(temporary(), 'copies.jsonl')
  const notes = entries().flatMap(({ what, metadata }) => (what === 'log.checkpoint' ? [metadata?.checkpoint] : []))
  writeFileSync(copies, notes.map((note) => `${JSON.stringify({ checkpoint: note })}\n`).join(''))
  expect(await verifyLog(dir, { publicKey, anchors: [copies] })).toMatchObject({ verdict: 'INTACT', entries: 5 })
  const cut = temporary()
  const lines = readFileSync(join(dir, 'audit.jsonl'), 'utf8').split('\n').slice(0, 4)
  writeFileSync(join(cut, 'audit.jsonl'), `${lines.join('\n')}\n`)
  copyFileSync(copies, join(cut, 'copies'))
  expect(await verifyLog(cut, { publicKey, anchors: [join(cut, 'copies')] })).toMatchObject({ verdict: 'TRUNCATED' })
})

it('a checkpoint of more entries than were sent is not sent', async () => {
  const [dir, ahead, { signingKey }] = [temporary(), temporary(), newOwner()]
  await addSigned(dir, 3, { signingKey })
  await addSigned(ahead, 9, { signingKey })
  copyFileSync(latestOf(ahead), latestOf(dir))
  const { drain, asked } = await receiver()
  expect(await drain(dir)).toMatchObject({ delivered: 3, checkpoint: null })
  expect(asked).toHaveLength(1)
})
