import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EventsError } from '../src/index.js'
import { filesIn, folder, open, readJson, until } from './folder.js'

const FIRST = '00000000000001.jsonl'

/** A folder in which five events are numbered and no group is left. */
async function numbered(): Promise<string> {
  const dir = folder()
  const bus = open({ dir })
  for (let n = 1; n <= 5; n += 1) await bus.emit({ type: 'task', source: 'cli', payload: { n } })
  let seen = 0
  bus.subscribe({ group: 'writer' }, () => void (seen += 1))
  await until(() => seen === 5)
  await bus.close()
  return dir
}

describe('the log', () => {
  it('shows one flipped bit: that event is a dead letter, the others come', async () => {
    const dir = await numbered()
    const path = join(dir, 'log', FIRST)
    const bytes = readFileSync(path)
    const at = bytes.indexOf('"n":3') + 4
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const seen: unknown[] = []
    const problems: EventsError[] = []
    open({ dir, onProblem: (problem) => void problems.push(problem) }).subscribe({ group: 'a' }, ({ payload }) => {
      seen.push(payload.n)
    })
    await until(() => seen.length === 4)
    expect(seen).toEqual([1, 2, 4, 5])
    expect(problems[0]?.message).toMatch(/gave up event 3.*checksum/)
    expect(readJson(dir, 'dead', 'a', '00000000000003.json')).toMatchObject({ seq: 3, error: { name: 'EventsError' } })
  })

  it('puts away, and does not number again, what a process left pending when it died after numbering', async () => {
    const dir = await numbered()
    const [name = ''] = filesIn(dir, 'archive')
    renameSync(join(dir, 'archive', name), join(dir, 'pending', name))
    let seen = 0
    open({ dir }).subscribe({ group: 'a' }, () => void (seen += 1))
    await until(() => seen === 5 && filesIn(dir, 'pending').length === 0)
    expect(filesIn(dir, 'archive')).toContain(name)
    expect(filesIn(dir, 'log')).toEqual([FIRST, 'stream.json'])
  })

  it('begins anew under another stream name when it was cleared away while in use', async () => {
    const dir = await numbered()
    const seen: [string, number, unknown][] = []
    const bus = open({ dir })
    bus.subscribe({ group: 'a' }, ({ payload }, { stream, seq }) => void seen.push([stream, seq, payload.n]))
    await until(() => seen.length === 5)
    rmSync(dir, { recursive: true })
    await bus.emit({ type: 'task', source: 'cli', payload: { n: 'new' } })
    await until(() => seen.length === 6)
    expect(seen[5]?.slice(1)).toEqual([1, 'new'])
    expect(seen[5]?.[0]).not.toBe(seen[0]?.[0])
  })

  it('says which numbers are missing when a segment is gone, and goes on behind them', async () => {
    const dir = await numbered()
    const first = open({ dir })
    let seen = 0
    first.subscribe({ group: 'b' }, () => void (seen += 1))
    await first.emit({ type: 'task', source: 'cli', payload: { n: 6 } })
    await until(() => seen === 6)
    await first.close()
    rmSync(join(dir, 'log', FIRST))
    const problems: string[] = []
    const numbers: number[] = []
    const options = { dir, onProblem: ({ message }: EventsError) => void problems.push(message) }
    open(options).subscribe({ group: 'c' }, (_, { seq }) => void numbers.push(seq))
    await until(() => numbers.length === 1)
    expect(numbers).toEqual([6])
    expect(problems).toEqual(['group c: the log holds no events 1 to 5; it goes on behind them'])
  })

  it('keeps a group from going on behind a position that cannot be read, and changes nothing', async () => {
    const dir = await numbered()
    const path = join(dir, 'groups', 'writer.json')
    writeFileSync(path, '{"next":')
    const problems: EventsError[] = []
    let seen = 0
    const bus = open({ dir, onProblem: (problem) => void problems.push(problem) })
    bus.subscribe({ group: 'writer' }, () => void (seen += 1))
    await until(() => problems.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 500))
    await bus.close()
    expect(seen).toBe(0)
    expect(problems.map(({ code, message }) => [code, message.includes(path)])).toEqual([['DAMAGED', true]])
    expect(readFileSync(path, 'utf8')).toBe('{"next":')
  })
})
