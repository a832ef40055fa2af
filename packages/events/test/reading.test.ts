import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  dropDeadLetter,
  eventStats,
  listDeadLetters,
  listLostPlaces,
  openEvents,
  type PlacedEvent,
  readEvents,
  type ReadQuery,
  retryDeadLetter,
} from '../src/index.js'
import { filesIn, folder, open, until } from './folder.js'

async function filled(): Promise<string> {
  const dir = folder()
  const bus = open({ dir })
  for (let n = 1; n <= 6; n += 1) {
    await bus.emit({ type: n % 2 === 0 ? 'task' : 'error', source: n > 3 ? 'hook' : 'cli', payload: { n } })
  }
  return dir
}

async function read(dir: string, query?: ReadQuery): Promise<unknown[]> {
  const seen: unknown[] = []
  for await (const { event } of readEvents({ dir, env: {} }, query)) seen.push(event.payload.n)
  return seen
}

describe('reading refuses', () => {
  it.each([
    ['an unknown type', { types: ['tusk'] as never }, 'UNKNOWN_TYPE'],
    ['an unknown source', { sources: ['x'] as never }, 'UNKNOWN_SOURCE'],
    ['a number that is none', { fromSeq: 1.5 }, 'BAD_OPTION'],
    ['a time that is none', { since: new Date('then') }, 'BAD_OPTION'],
    ['an id that is not in the log', { fromId: '../x' }, 'BAD_OPTION'],
  ])('%s', async (_, query, code) => {
    const dir = await filled()
    await expect(read(dir, query)).rejects.toMatchObject({ code })
  })
})

describe('reading', () => {
  it('gives what is asked for, numbers what is pending, and leaves no group behind', async () => {
    const dir = await filled()
    expect(await read(dir)).toEqual([1, 2, 3, 4, 5, 6])
    expect(await read(dir, { types: ['task'], sources: ['hook'] })).toEqual([4, 6])
    expect(await read(dir, { fromSeq: 5 })).toEqual([5, 6])
    expect(await read(dir, { last: 2, types: ['error'] })).toEqual([3, 5])
    expect(await read(dir, { since: new Date(Date.now() + 60_000) })).toEqual([])
    expect(await read(dir, { since: new Date(Date.now() - 60_000) })).toHaveLength(6)
    let third: PlacedEvent | undefined
    for await (const placed of readEvents({ dir, env: {} }, { fromSeq: 3 })) third ??= placed
    expect(third?.position.seq).toBe(3)
    expect(await read(dir, { fromId: third?.event.id ?? '' })).toEqual([3, 4, 5, 6])
    expect(filesIn(dir, 'groups')).toEqual([])
    expect(filesIn(dir, 'pending')).toEqual([])
  })

  it('gives nothing of a bus that is off or was never used, and makes no folder', async () => {
    const dir = join(folder(), 'absent')
    expect(await read(dir)).toEqual([])
    expect(existsSync(dir)).toBe(false)
    for await (const placed of readEvents({ env: {} })) expect(placed).toBeUndefined()
  })

  it('follows until it is told to end', async () => {
    const dir = await filled()
    const controller = new AbortController()
    const seen: unknown[] = []
    const reading = (async (): Promise<void> => {
      const query = { follow: true, last: 1, signal: controller.signal }
      for await (const { event } of readEvents({ dir, env: {} }, query)) seen.push(event.payload.n)
    })()
    await until(() => seen.length === 1)
    await open({ dir }).emit({ type: 'user', source: 'api', payload: { n: 7 } })
    await until(() => seen.length === 2)
    controller.abort()
    await reading
    expect(seen).toEqual([6, 7])
  })
})

describe('stats', () => {
  it('say how a bus stands and change nothing', async () => {
    const dir = await filled()
    const before = filesIn(dir, 'log')
    expect(eventStats({ dir, env: {} })).toMatchObject({ pending: 6, first: 1, next: 1, segments: 0, groups: [] })
    expect(filesIn(dir, 'log')).toEqual(before)
    const bus = open({ dir })
    let seen = 0
    bus.subscribe({ group: 'a' }, () => void (seen += 1))
    await until(() => seen === 6)
    await until(() => eventStats({ dir, env: {} })?.groups[0]?.next === 7)
    expect(eventStats({ dir, env: {} })).toMatchObject({
      pending: 0,
      next: 7,
      segments: 1,
      groups: [{ group: 'a', next: 7, behind: 0, served: true }],
      deadLetters: 0,
    })
    await bus.close()
    expect(eventStats({ dir, env: {} })?.groups[0]?.served).toBe(false)
    expect(eventStats({ env: {} })).toBeUndefined()
  })
})

describe('a dead letter', () => {
  /** A bus in which group `a` has given up event 2. */
  async function withLetter(): Promise<string> {
    const dir = await filled()
    const bus = openEvents({ dir, env: {} })
    let seen = 0
    bus.subscribe({ group: 'a', tries: 1 }, (_, { seq }) => {
      seen += 1
      if (seq === 2) throw new TypeError('cannot')
    })
    await until(() => seen === 6)
    await bus.close()
    return dir
  }

  it('is not reached by a group or number that would leave the folder', async () => {
    const dir = await withLetter()
    const options = { dir, env: {} }
    for (const group of ['../a', '..', 'a/../a', '']) {
      expect(() => listDeadLetters(options, group)).toThrow(/group must be/)
      expect(() => dropDeadLetter(options, { group, seq: 2 })).toThrow(/group must be/)
    }
    expect(() => retryDeadLetter(options, { group: 'a', seq: 1.5 })).toThrow(/number of an event/)
    expect(retryDeadLetter(options, { group: 'a', seq: 3 })).toBe(false)
    expect(dropDeadLetter(options, { group: 'b', seq: 2 })).toBe(false)
  })

  it('is listed with its error, and gone when it is dropped', async () => {
    const dir = await withLetter()
    const options = { dir, env: {} }
    const [letter, ...more] = listDeadLetters(options)
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      group: 'a',
      seq: 2,
      tries: 1,
      error: { name: 'TypeError', message: 'cannot' },
      event: { payload: { n: 2 } },
      retrying: false,
    })
    expect(dropDeadLetter(options, { group: 'a', seq: 2 })).toBe(true)
    expect(listDeadLetters(options, 'a')).toEqual([])
    expect(filesIn(join(dir, 'dead'), 'a')).toEqual([])
  })

  it('comes again under its old position when it is retried: gone if that works, back with its error if not', async () => {
    const dir = await withLetter()
    const options = { dir, env: {} }
    const bus = open(options)
    const seen: [number, unknown][] = []
    bus.subscribe({ group: 'a', tries: 1 }, ({ payload }, { seq }) => {
      seen.push([seq, payload.n])
      if (seen.length === 1) throw new Error('still not')
    })
    expect(retryDeadLetter(options, { group: 'a', seq: 2 })).toBe(true)
    await until(() => seen.length === 1)
    await until(() => listDeadLetters(options)[0]?.error.message === 'still not')
    await until(() => filesIn(join(dir, 'dead'), 'a').length === 1)
    expect(retryDeadLetter(options, { group: 'a', seq: 2 })).toBe(true)
    await until(() => listDeadLetters(options).length === 0)
    expect(seen).toEqual([
      [2, 2],
      [2, 2],
    ])
  })

  it('that is torn is named, not skipped; strangers in the folder are', async () => {
    const dir = await withLetter()
    writeFileSync(join(dir, 'dead', 'readme.txt'), 'x')
    mkdirSync(join(dir, 'dead', 'b'))
    writeFileSync(join(dir, 'dead', 'b', 'note.json'), '{')
    expect(listDeadLetters({ dir, env: {} })).toHaveLength(1)
    expect(listLostPlaces({ dir, env: {} })).toEqual([])
    const path = join(dir, 'dead', 'a', '00000000000002.json')
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 30))
    expect(() => listDeadLetters({ dir, env: {} })).toThrow(path)
    expect(dropDeadLetter({ dir, env: {} }, { group: 'a', seq: 2 })).toBe(true)
  })
})
