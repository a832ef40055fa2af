import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildOnce } from './build.js'
import { start } from './children.js'
import { filesIn, folder, open, until } from './folder.js'

beforeAll(buildOnce)

const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('a bus that numbers', () => {
  it('makes no folder where nothing was emitted, nor one that was removed', async () => {
    const dir = join(folder(), 'bus')
    const bus = open({ dir, number: true })
    await pause(1200)
    await bus.close()
    expect(existsSync(dir)).toBe(false)
    const other = open({ dir, number: true })
    await other.emit({ type: 'task', source: 'cli', payload: {} })
    await until(() => filesIn(dir, 'pending').length === 0)
    rmSync(dir, { recursive: true })
    await pause(1500)
    await other.close()
    expect(existsSync(dir)).toBe(false)
  })

  it('tells once what keeps it from its work, and goes on when that is mended', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'log'))
    writeFileSync(join(dir, 'log', 'stream.json'), 'torn')
    const problems: string[] = []
    const bus = open({ dir, number: true, onProblem: ({ code }) => void problems.push(code) })
    await bus.emit({ type: 'task', source: 'cli', payload: {} })
    await pause(3500)
    expect(problems).toEqual(['DAMAGED'])
    rmSync(join(dir, 'log', 'stream.json'))
    await until(() => filesIn(dir, 'pending').length === 0)
  })

  it('empties pending though nobody subscribes, and a group that comes later gets everything', async () => {
    const dir = folder()
    const emitter = open({ dir })
    for (let n = 1; n <= 1500; n += 1) await emitter.emit({ type: 'task', source: 'cli', payload: { n } })
    const bus = open({ dir, number: true })
    await until(() => filesIn(dir, 'pending').length === 0)
    expect(filesIn(dir, 'groups')).toEqual([])
    const seen: number[] = []
    bus.subscribe({ group: 'late' }, (_, { seq }) => void seen.push(seq))
    await until(() => seen.length === 1500)
  })

  it('numbers what is left when it is closed', async () => {
    const dir = folder()
    const bus = open({ dir, number: true })
    await bus.emit({ type: 'task', source: 'cli', payload: {} })
    await bus.close()
    expect(filesIn(dir, 'pending')).toEqual([])
    expect(filesIn(dir, 'log')).toContain('00000000000001.jsonl')
  })

  it('does so in two processes at once without giving a number twice', async () => {
    const dir = folder()
    const [one, two] = [start('number.mjs', dir), start('number.mjs', dir)]
    await start('emit.mjs', dir, 'e', 2000).ended
    await until(() => filesIn(dir, 'pending').length === 0)
    const seen: unknown[] = []
    open({ dir }).subscribe({ group: 'all' }, ({ payload }) => void seen.push(payload.n))
    await until(() => seen.length >= 2000)
    expect(seen).toEqual(Array.from({ length: 2000 }, (_, n) => n + 1))
    expect([one.errors(), two.errors()]).toEqual(['', ''])
  })
})
