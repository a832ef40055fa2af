import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type EventsError, type EventsOptions, openEvents, type PruneReport, pruneEvents } from '../src/index.js'
import { buildOnce } from './build.js'
import { start } from './children.js'
import { filesIn, folder, open, readJson, until } from './folder.js'

const ONE = { days: 1000, megabytes: 1000, segments: 1 }
const MANY = { days: 1000, megabytes: 1000, segments: 1000 }

const segments = (dir: string): string[] => filesIn(dir, 'log').filter((name) => name.endsWith('.jsonl'))

/** A bus with `count` segments of one event each. */
async function numbered(count: number, dir: string = folder()): Promise<string> {
  const bus = openEvents({ dir, env: {} })
  for (let n = 1; n <= count; n += 1) {
    await bus.emit({ type: 'task', source: 'cli', payload: { n } })
    pruneEvents({ dir, env: {}, retention: { keep: MANY, hold: MANY } })
  }
  await bus.close()
  return dir
}

function pruned(dir: string, options: EventsOptions): { readonly report: PruneReport; readonly codes: string[] } {
  const codes: string[] = []
  const report = pruneEvents({ dir, env: {}, onProblem: ({ code }: EventsError) => void codes.push(code), ...options })
  if (report === undefined) throw new Error('the bus was off')
  return { report, codes }
}

/** Serves a group until it had so many events, and gives their numbers. */
async function served(dir: string, group: string, count: number): Promise<{ numbers: number[]; codes: string[] }> {
  const codes: string[] = []
  const numbers: number[] = []
  const bus = open({ dir, onProblem: ({ code }) => void codes.push(code) })
  bus.subscribe({ group }, (_, { seq }) => void numbers.push(seq))
  await until(() => numbers.length >= count)
  await bus.close()
  return { numbers, codes }
}

describe('retention refuses', () => {
  it.each([
    ['a limit below zero', { keep: { days: -1 } }],
    ['a limit that is no number', { hold: { megabytes: Number.NaN } }],
    ['to hold less than it keeps', { keep: { segments: 10 }, hold: { segments: 5 } }],
  ])('%s', (_, retention) => {
    expect(() => openEvents({ dir: folder(), env: {}, retention })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION' }) as Error,
    )
  })
})

describe('retention', () => {
  it('removes nothing of a log within its limits, and nothing at all of a bus that is off or not there', async () => {
    const dir = await numbered(5)
    expect(pruned(dir, {}).report).toEqual({ first: 1, segments: 0, bytes: 0, waiting: [], lost: [] })
    expect(pruneEvents({ env: {} })).toBeUndefined()
    const absent = join(folder(), 'absent')
    expect(pruneEvents({ dir: absent, env: {} })).toBeUndefined()
    expect(existsSync(absent)).toBe(false)
  })

  it('removes what every group has behind it; the newest segment stays, and numbers go on', async () => {
    const dir = await numbered(5)
    await served(dir, 'a', 5)
    const { report, codes } = pruned(dir, { retention: { keep: { segments: 0 }, hold: MANY } })
    expect(report).toMatchObject({ first: 5, segments: 4, waiting: [], lost: [] })
    expect(report.bytes).toBeGreaterThan(500)
    expect(codes).toEqual([])
    expect(segments(dir)).toEqual(['00000000000005.jsonl'])
    await numbered(1, dir)
    expect(await served(dir, 'a', 1)).toEqual({ numbers: [6], codes: [] })
    expect(await served(dir, 'fresh', 2)).toEqual({ numbers: [5, 6], codes: [] })
  })

  it('keeps what a group still waits for, says so, and lets it go when that group has had it', async () => {
    const dir = await numbered(3)
    await served(dir, 'a', 3)
    await served(dir, 'late', 3)
    await numbered(3, dir)
    await served(dir, 'a', 3)
    const first = pruned(dir, { retention: { keep: ONE, hold: MANY } })
    expect(first.report).toMatchObject({ first: 4, waiting: [{ group: 'late', next: 4 }], lost: [] })
    expect(first.codes).toEqual(['HELD_UP'])
    expect((await served(dir, 'late', 3)).numbers).toEqual([4, 5, 6])
    expect(pruned(dir, { retention: { keep: ONE, hold: MANY } }).report).toMatchObject({ first: 6, waiting: [] })
  })

  it('takes the place of a group that nobody serves for too long: on record, reported, and told to it later', async () => {
    const dir = await numbered(2)
    await served(dir, 'gone', 2)
    await numbered(8, dir)
    const { report, codes } = pruned(dir, { retention: { keep: ONE, hold: { ...MANY, segments: 3 } } })
    expect(report).toMatchObject({ first: 8, lost: [{ group: 'gone', next: 3 }] })
    expect(codes).toEqual(['PLACE_LOST'])
    expect(readJson(dir, 'dead', 'gone', '00000000000003.lost.json')).toMatchObject({
      version: 1,
      group: 'gone',
      from: 3,
      to: 7,
    })
    // Still not served: it holds what is left, within the same limit.
    await numbered(1, dir)
    const again = pruned(dir, { retention: { keep: ONE, hold: { ...MANY, segments: 4 } } })
    expect(again.report).toMatchObject({ first: 8, waiting: [{ group: 'gone', next: 3 }], lost: [] })
    expect(await served(dir, 'gone', 4)).toEqual({ numbers: [8, 9, 10, 11], codes: ['PLACE_LOST'] })
  })

  it('takes nothing from a group whose position is damaged or of another log, before the longer limit', async () => {
    const dir = await numbered(5)
    await served(dir, 'a', 5)
    writeFileSync(join(dir, 'groups', 'torn.json'), '{"next":')
    writeFileSync(join(dir, 'groups', 'other.json'), '{"version":1,"group":"other","stream":"x","next":5}')
    const { report } = pruned(dir, { retention: { keep: ONE, hold: MANY } })
    expect(report).toMatchObject({ first: 1, segments: 0 })
    expect(report.waiting.map(({ group }) => group)).toEqual(['other', 'torn'])
  })

  it('removes nothing because a clock jumped: a year between two segments is a day', async () => {
    const dir = await numbered(5)
    const far = new Date(Date.now() + 400 * 86_400_000)
    utimesSync(join(dir, 'log', '00000000000005.jsonl'), far, far)
    expect(pruned(dir, { now: () => new Date(0) }).report.first).toBe(1)
    expect(pruned(dir, { now: () => new Date(2e13) }).report.first).toBe(1)
    const names = segments(dir)
    for (const [n, name] of names.entries()) {
      const then = new Date(Date.now() - (names.length - n) * 86_400_000)
      utimesSync(join(dir, 'log', name), then, then)
    }
    // Of five segments a day apart, the newest a day old: those older than three days go.
    expect(pruned(dir, { retention: { keep: { days: 3.5 } } }).report.first).toBe(3)
  })

  it('finishes what a process killed in between had begun, and reads nothing below the floor', async () => {
    const dir = await numbered(5)
    mkdirSync(join(dir, 'log', 'floor'), { recursive: true })
    writeFileSync(join(dir, 'log', 'floor', '00000000000004'), '')
    writeFileSync(join(dir, 'log', 'floor', '00000000000002'), '')
    expect((await served(dir, 'a', 2)).numbers).toEqual([4, 5])
    expect(segments(dir)).toHaveLength(5)
    expect(pruned(dir, {}).report).toMatchObject({ first: 4, segments: 3 })
    expect(segments(dir)).toEqual(['00000000000004.jsonl', '00000000000005.jsonl'])
  })

  it('between the look at pending and the number: who had read the event gives it no second, older number', async () => {
    const dir = await numbered(3)
    const bus = open({ dir })
    for (let n = 4; n <= 5; n += 1) await bus.emit({ type: 'task', source: 'cli', payload: { n } })
    await bus.emit({ type: 'task', source: 'cli', payload: { n: 6 } })
    const [, , last = ''] = filesIn(dir, 'pending')
    renameSync(join(dir, 'pending', last), join(dir, last))
    // The clock is asked at the start, and before each pending file is read: the third time one of two is in memory.
    let asked = 0
    const now = (): Date => {
      asked += 1
      if (asked === 3) {
        pruneEvents({ dir, env: {} })
        renameSync(join(dir, last), join(dir, 'pending', last))
        pruneEvents({ dir, env: {}, retention: { keep: { segments: 0 }, hold: MANY } })
        expect(segments(dir)).toEqual(['00000000000006.jsonl'])
      }
      return new Date()
    }
    expect(pruned(dir, { now }).report.first).toBe(6)
    expect(asked).toBeGreaterThan(3)
    expect(segments(dir)).toEqual(['00000000000006.jsonl'])
    expect(filesIn(dir, 'tmp')).toEqual([])
    expect((await served(dir, 'a', 1)).numbers).toEqual([6])
  })

  it('is seen by a bus that is at work in another process, which goes on without a word', async () => {
    const dir = await numbered(3)
    const seen: number[] = []
    const problems: string[] = []
    const bus = open({ dir, onProblem: ({ message }) => void problems.push(message) })
    bus.subscribe({ group: 'a' }, (_, { seq }) => void seen.push(seq))
    await until(() => seen.length === 3)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(pruned(dir, { retention: { keep: { segments: 0 }, hold: MANY } }).report.first).toBe(3)
    await bus.emit({ type: 'task', source: 'cli', payload: { n: 4 } })
    await until(() => seen.length === 4)
    expect([seen, problems]).toEqual([[1, 2, 3, 4], []])
  })

  describe('and processes', () => {
    beforeAll(buildOnce)

    it('killed at work, again and again: no event is lost or numbered twice', { timeout: 60_000 }, async () => {
      const dir = folder()
      const bus = join(dir, 'bus')
      const ledger = join(dir, 'ledger')
      start('consume.mjs', bus, 'a', ledger)
      // A group is known once it has begun; what is removed before that was nobody's.
      await until(() => existsSync(join(bus, 'groups', 'a.json')))
      const emitter = start('emit.mjs', bus, 'e', 1200, 1)
      for (let round = 0; round < 10; round += 1) {
        const one = start('prune.mjs', bus)
        await until(() => one.output() !== '')
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 150))
        await one.kill()
      }
      await emitter.ended
      const lines = (): string[] => (existsSync(ledger) ? readFileSync(ledger, 'utf8').split('\n').slice(0, -1) : [])
      await until(() => lines().length >= 1200, { ms: 30_000, saw: () => `${lines().length} events` })
      const numbers = lines().map((line) => Number(line.split(' ')[0]))
      expect(numbers).toEqual(Array.from({ length: 1200 }, (_, n) => n + 1))
      expect(lines().map((line) => Number(line.split(' ')[2]))).toEqual(numbers)
      expect(readdirSync(join(bus, 'log', 'floor')).length).toBeGreaterThan(0)
      expect(Number(segments(bus)[0]?.slice(0, 14))).toBeGreaterThan(100)
    })

    it('one that slept through the removal does not take a number that was given before', async () => {
      const dir = folder()
      await numbered(3, dir)
      const stopped = start('number.mjs', dir)
      await until(() => stopped.output() !== '')
      await new Promise((resolve) => setTimeout(resolve, 1500))
      stopped.process.kill('SIGSTOP')
      await numbered(4, dir)
      pruned(dir, { retention: { keep: { segments: 0 }, hold: MANY } })
      await open({ dir }).emit({ type: 'task', source: 'cli', payload: { n: 'last' } })
      stopped.process.kill('SIGCONT')
      await until(() => filesIn(dir, 'pending').length === 0)
      expect(segments(dir)).toEqual(['00000000000007.jsonl', '00000000000008.jsonl'])
    })
  })
})
