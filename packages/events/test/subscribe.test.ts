import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EventBus, EventsError, Handler, SubscribeOptions } from '../src/index.js'
import { filesIn, folder, open, readJson, until } from './folder.js'

const nothing: Handler = () => undefined

async function emitMany(bus: EventBus, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) await bus.emit({ type: 'task', source: 'cli', payload: { n } })
}

describe('subscribe refuses', () => {
  const refused: [string, object, string][] = [
    ['a group that would leave the folder', { group: '../x' }, 'BAD_GROUP'],
    ['a group with a dot, which separates the parts of file names', { group: 'a.b' }, 'BAD_GROUP'],
    ['no group', {}, 'BAD_GROUP'],
    ['an unknown type', { group: 'a', types: ['tusk'] }, 'UNKNOWN_TYPE'],
    ['an unknown source', { group: 'a', sources: ['x'] }, 'UNKNOWN_SOURCE'],
    ['an unknown beginning', { group: 'a', from: 'then' }, 'BAD_OPTION'],
    ['no tries', { group: 'a', tries: 0 }, 'BAD_OPTION'],
  ]
  it.each(refused)('%s', (_, options, code) => {
    const bus = open({ dir: folder() })
    expect(() => bus.subscribe(options as SubscribeOptions, nothing)).toThrow(
      expect.objectContaining({ code }) as Error,
    )
  })

  it('the same group twice in one bus', async () => {
    const bus = open({ dir: folder() })
    const first = bus.subscribe({ group: 'a' }, nothing)
    expect(() => bus.subscribe({ group: 'a' }, nothing)).toThrow(/already/)
    await first.close()
    bus.subscribe({ group: 'a' }, nothing)
  })
})

describe('a subscription', () => {
  it('gives each of two groups every event, in order, under gap-free numbers', async () => {
    const bus = open({ dir: folder() })
    await emitMany(bus, 1500)
    const seen = { a: [] as number[], b: [] as number[] }
    for (const group of ['a', 'b'] as const) {
      bus.subscribe({ group }, ({ payload }, { seq }) => {
        expect(payload.n).toBe(seq)
        seen[group].push(seq)
      })
    }
    await until(() => seen.a.length >= 1500 && seen.b.length >= 1500)
    const all = Array.from({ length: 1500 }, (_, n) => n + 1)
    expect(seen).toEqual({ a: all, b: all })
  })

  it('gives a group only what it asked for, and another the rest', async () => {
    const bus = open({ dir: folder() })
    const seen: string[] = []
    bus.subscribe({ group: 'errors', types: ['error'] }, ({ type }) => void seen.push(`errors ${type}`))
    bus.subscribe({ group: 'hooks', sources: ['hook'] }, ({ source }) => void seen.push(`hooks ${source}`))
    await bus.emit({ type: 'error', source: 'cli', payload: {} })
    await bus.emit({ type: 'task', source: 'hook', payload: {} })
    await bus.emit({ type: 'user', source: 'api', payload: {} })
    await until(() => seen.length >= 2)
    expect(seen.sort()).toEqual(['errors error', 'hooks hook'])
  })

  it('delivers within a fraction of a second what another bus emits', async () => {
    const dir = folder()
    let at = 0
    open({ dir }).subscribe({ group: 'a' }, () => {
      at = performance.now()
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const begin = performance.now()
    await open({ dir }).emit({ type: 'task', source: 'cli', payload: {} })
    await until(() => at > 0)
    expect(at - begin).toBeLessThan(1000)
  })

  it('goes on where its group stopped, and begins a new group at the start', async () => {
    const dir = folder()
    const seen: number[] = []
    const first = open({ dir })
    await emitMany(first, 3)
    first.subscribe({ group: 'a' }, (_, { seq }) => void seen.push(seq))
    await until(() => seen.length === 3)
    await first.close()

    const second = open({ dir })
    await emitMany(second, 2)
    second.subscribe({ group: 'a' }, (_, { seq }) => void seen.push(seq))
    await until(() => seen.length === 5)
    expect(seen).toEqual([1, 2, 3, 4, 5])
    const fresh: number[] = []
    second.subscribe({ group: 'b' }, (_, { seq }) => void fresh.push(seq))
    await until(() => fresh.length === 5)
  })

  it('from now on sees nothing that was emitted before, and all that is emitted after it returned', async () => {
    const bus = open({ dir: folder() })
    await emitMany(bus, 5)
    const seen: unknown[] = []
    bus.subscribe({ group: 'late', from: 'now' }, ({ payload }) => void seen.push(payload.n))
    await bus.emit({ type: 'task', source: 'cli', payload: { n: 'new' } })
    await until(() => seen.length > 0)
    expect(seen).toEqual(['new'])
  })

  it('waits for one handler before it calls the next, and close waits for the running one', async () => {
    const bus = open({ dir: folder() })
    await emitMany(bus, 3)
    const trace: string[] = []
    const subscription = bus.subscribe({ group: 'slow' }, async (_, { seq }) => {
      trace.push(`begin ${seq}`)
      await new Promise((resolve) => setTimeout(resolve, 60))
      trace.push(`end ${seq}`)
    })
    await until(() => trace.includes('begin 2'))
    await subscription.close()
    expect(trace).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
  })

  it('moves what is numbered to the archive and lists the last ids in processed.json', async () => {
    const dir = folder()
    const bus = open({ dir })
    const ids: string[] = []
    for (let n = 0; n < 1101; n += 1) ids.push((await bus.emit({ type: 'metric', source: 'api', payload: {} })) ?? '')
    let seen = 0
    bus.subscribe({ group: 'a' }, () => void (seen += 1))
    await until(() => seen === 1101)
    await bus.close()
    expect(filesIn(dir, 'pending')).toEqual([])
    expect(filesIn(dir, 'archive')).toHaveLength(1101)
    expect(readJson(dir, 'processed.json')).toEqual({ ids: ids.slice(101) })
  })

  it('never brings back an event whose archived file is removed', async () => {
    const dir = folder()
    const first = open({ dir })
    await emitMany(first, 10)
    let seen = 0
    first.subscribe({ group: 'a' }, () => void (seen += 1))
    await until(() => seen === 10)
    await first.close()
    rmSync(join(dir, 'archive'), { recursive: true })
    const second = open({ dir })
    second.subscribe({ group: 'a' }, () => void (seen += 1))
    await emitMany(second, 1)
    await until(() => seen > 10)
    expect(seen).toBe(11)
  })
})

describe('a handler that fails', () => {
  it('gets the event again, and the group keeps its order meanwhile', async () => {
    const bus = open({ dir: folder() })
    await emitMany(bus, 3)
    const calls: number[] = []
    bus.subscribe({ group: 'a' }, async (_, { seq }) => {
      calls.push(seq)
      await Promise.resolve()
      if (seq === 2 && calls.length < 4) throw new Error('not yet')
    })
    await until(() => calls.includes(3))
    expect(calls).toEqual([1, 2, 2, 2, 3])
  })

  it('loses the event to the dead letters after its tries, with the error, and the next one comes', async () => {
    const dir = folder()
    const problems: EventsError[] = []
    const bus = open({ dir, onProblem: (problem) => void problems.push(problem), now: () => new Date(0) })
    await emitMany(bus, 2)
    const seen: number[] = []
    bus.subscribe({ group: 'a', tries: 2 }, (_, { seq }) => {
      if (seq === 1) throw new TypeError('cannot')
      seen.push(seq)
    })
    await until(() => seen.length === 1)
    expect(readJson(dir, 'dead', 'a', '00000000000001.json')).toMatchObject({
      version: 1,
      group: 'a',
      seq: 1,
      tries: 2,
      error: { name: 'TypeError', message: 'cannot' },
      event: { type: 'task', payload: { n: 1 } },
    })
    expect(problems.map(({ code }) => code)).toEqual(['DEAD_LETTER'])
  })

  it('does not hold up another group', async () => {
    const bus = open({ dir: folder() })
    await emitMany(bus, 20)
    bus.subscribe({ group: 'bad' }, () => {
      throw new Error('always')
    })
    let seen = 0
    bus.subscribe({ group: 'good' }, () => void (seen += 1))
    await until(() => seen === 20, { ms: 2000 })
  })

  it('is not waited for through its back-off when the subscription is closed, and gets the event another time', async () => {
    const dir = folder()
    const first = open({ dir })
    await emitMany(first, 1)
    let calls = 0
    first.subscribe({ group: 'a', tries: 10 }, () => {
      calls += 1
      throw new Error('always')
    })
    await until(() => calls === 4)
    const begin = performance.now()
    await first.close()
    expect(performance.now() - begin).toBeLessThan(400)
    let again = 0
    open({ dir }).subscribe({ group: 'a' }, () => void (again += 1))
    await until(() => again === 1)
  })
})
