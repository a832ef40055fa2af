import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildOnce } from './build.js'
import { type Child, type Line, readLedger, start } from './children.js'
import { filesIn, folder, until } from './folder.js'

beforeAll(buildOnce)

const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Each event at its first delivery. */
function firsts(ledger: readonly Line[]): Line[] {
  const seen = new Set<string>()
  return ledger.filter(({ name, n }) => {
    const key = `${name} ${n}`
    return seen.has(key) ? false : seen.add(key)
  })
}

/** Where an emitter's events are not in the order of its counter. */
function inversions(ledger: readonly Line[]): Line[] {
  const last = new Map<string, number>()
  return ledger.filter(({ name, n }) => {
    const wrong = n <= (last.get(name) ?? 0)
    last.set(name, Math.max(n, last.get(name) ?? 0))
    return wrong
  })
}

const keys = (ledger: readonly Line[]): string[] => ledger.map(({ name, n }) => `${name} ${n}`)
const acknowledged = (children: readonly Child[]): string[] =>
  children.flatMap((child) => child.output().split('\n').slice(0, -1))

describe('across processes', () => {
  it('two groups in two processes, both numbering, see four emitters in the same order, each in its own', async () => {
    const dir = folder()
    const ledgers = ['a', 'b'].map((group) => join(dir, `ledger-${group}`))
    for (const [n, ledger] of ledgers.entries()) start('consume.mjs', join(dir, 'bus'), 'ab'[n] ?? '', ledger)
    const emitters = ['e1', 'e2', 'e3', 'e4'].map((name) => start('emit.mjs', join(dir, 'bus'), name, 500))
    await Promise.all(emitters.map(async ({ ended }) => ended))
    await until(() => ledgers.every((path) => readLedger(path).length >= 2000), { ms: 20_000 })
    const [a = [], b = []] = ledgers.map(readLedger)
    expect(a.map(({ seq }) => seq)).toEqual(Array.from({ length: 2000 }, (_, n) => n + 1))
    expect(inversions(a)).toEqual([])
    expect(keys(b)).toEqual(keys(a))
  })

  it(
    'nothing acknowledged is lost and order holds while emitters and consumers are killed',
    { timeout: 120_000 },
    async () => {
      const dir = folder()
      const bus = join(dir, 'bus')
      const ledgers = { a: join(dir, 'ledger-a'), b: join(dir, 'ledger-b') }
      const emitters: Child[] = []
      const consume = (group: 'a' | 'b'): Child => start('consume.mjs', bus, group, ledgers[group])
      const consumers = [consume('a'), consume('b'), consume('a')]
      const groups = ['a', 'b', 'a'] as const
      for (let round = 0; round < 16; round += 1) {
        // Each is killed while it is at work, however slow the machine is; every second emitter goes on to the end.
        const emitter = start('emit.mjs', bus, `e${round}`, 2000, 1)
        const victim = consumers[round % 3]
        emitters.push(emitter)
        await until(() => emitter.output().length > 300 && victim?.output() !== '')
        await pause(Math.random() * 100)
        await Promise.all([victim?.kill(), round % 2 === 1 ? emitter.kill() : undefined])
        consumers[round % 3] = consume(groups[round % 3] ?? 'a')
      }
      await Promise.all(emitters.map(async (emitter) => emitter.kill()))
      const acked = acknowledged(emitters)
      const missing = (group: 'a' | 'b'): string[] => {
        const seen = new Set(keys(readLedger(ledgers[group])))
        return acked.filter((key) => !seen.has(key))
      }
      await until(() => missing('a').length + missing('b').length === 0 && filesIn(bus, 'pending').length === 0, {
        ms: 60_000,
        saw: () => `missing a: ${missing('a').length}, b: ${missing('b').length} of ${acked.length}`,
      })
      expect(acked.length).toBeGreaterThan(500)
      for (const group of ['a', 'b'] as const) {
        const ledger = readLedger(ledgers[group])
        const numbers = new Map(ledger.map((line) => [`${line.name} ${line.n}`, line.seq]))
        expect(inversions(firsts(ledger))).toEqual([])
        expect(ledger.filter((line) => numbers.get(`${line.name} ${line.n}`) !== line.seq)).toEqual([])
      }
      const order = (group: 'a' | 'b'): string[] => keys(firsts(readLedger(ledgers[group])))
      expect(order('a')).toEqual(order('b'))
    },
  )

  it('one group is worked by one of two processes, and by the other after kill -9', async () => {
    const dir = folder()
    const [bus, ledger] = [join(dir, 'bus'), join(dir, 'ledger')]
    const first = start('consume.mjs', bus, 'shared', ledger, 5)
    await start('emit.mjs', bus, 'e1', 20).ended
    await until(() => readLedger(ledger).length > 0)
    const second = start('consume.mjs', bus, 'shared', ledger, 5)
    await until(() => second.output() !== '')
    await start('emit.mjs', bus, 'e2', 20).ended
    await until(() => readLedger(ledger).length >= 40)
    await pause(1200)
    expect(new Set(readLedger(ledger).map(({ pid }) => pid))).toEqual(new Set([first.process.pid]))
    expect(readLedger(ledger)).toHaveLength(40)

    await first.kill()
    await start('emit.mjs', bus, 'e3', 20).ended
    const late = (): Line[] => readLedger(ledger).filter(({ name }) => name === 'e3')
    await until(() => late().length === 20)
    expect(new Set(late().map(({ pid }) => pid))).toEqual(new Set([second.process.pid]))
    expect(filesIn(bus, 'groups').filter((name) => name.endsWith('.lease'))).toHaveLength(1)
  })

  it('a stopped process keeps its group, holds nobody else up, and overwrites nothing when it wakes', async () => {
    const dir = folder()
    const bus = join(dir, 'bus')
    const [a, b] = [join(dir, 'ledger-a'), join(dir, 'ledger-b')]
    const stopped = start('consume.mjs', bus, 'a', a)
    start('consume.mjs', bus, 'a', a)
    start('consume.mjs', bus, 'b', b)
    const emitter = start('emit.mjs', bus, 'e', 1500, 1)
    await until(() => readLedger(a).length > 100 && readLedger(b).length > 100)
    const owner = readLedger(a)[0]?.pid ?? 0
    process.kill(owner, 'SIGSTOP')
    await emitter.ended
    await until(() => readLedger(b).length === 1500)
    expect(readLedger(a).length).toBeLessThan(1500)
    process.kill(owner, 'SIGCONT')
    await until(() => readLedger(a).length >= 1500)
    expect(keys(readLedger(a))).toEqual(keys(readLedger(b)))
    expect(new Set(readLedger(a).map(({ pid }) => pid)).size).toBe(1)
    expect(stopped.errors()).toBe('')
  })

  it('a subscription keeps its program alive, and one without reference does not', async () => {
    const dir = folder()
    const kept = start('consume.mjs', join(dir, 'bus'), 'a', join(dir, 'ledger'))
    const left = start('unref.mjs', join(dir, 'bus'))
    await left.ended
    expect(left.output()).toBe('subscribed\n')
    await until(() => kept.output() !== '')
    await pause(300)
    expect(kept.process.exitCode).toBeNull()
  })

  it('an event emitted before process.exit is there', async () => {
    const dir = folder()
    await start('emit.mjs', join(dir, 'bus'), 'e', 1, 0, 'fsync').ended
    const [name = ''] = filesIn(join(dir, 'bus'), 'pending')
    expect(JSON.parse(readFileSync(join(dir, 'bus', 'pending', name), 'utf8'))).toMatchObject({ payload: { n: 1 } })
  })
})
