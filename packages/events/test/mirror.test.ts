import { existsSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventStats } from '../src/index.js'
import { folder, open, until } from './folder.js'

const lines = (path: string): unknown[] =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line): unknown => JSON.parse(line))
    : []

describe('the mirror', () => {
  it('is not written through a link: the event waits among the dead letters', async () => {
    const root = folder()
    const target = join(root, 'target')
    writeFileSync(target, '')
    symlinkSync(target, join(root, 'events.jsonl'))
    const dir = join(root, 'events')
    const bus = open({ dir, mirror: true })
    await bus.emit({ type: 'task', source: 'cli', payload: {} })
    await until(() => eventStats({ dir, env: {} })?.deadLetters === 1)
    expect(statSync(target).size).toBe(0)
  })

  it('holds every event in the older shape, also of other processes, for its owner alone', async () => {
    const root = folder()
    const dir = join(root, 'events')
    await open({ dir }).emit({ type: 'task', source: 'cli', payload: { n: 1, source: 'a payload cannot lie' } })
    // Of two processes the clock decides: in one millisecond neither is the first.
    await new Promise((resolve) => setTimeout(resolve, 5))
    const bus = open({ dir, mirror: true })
    await bus.emit({ type: 'error', source: 'hook', payload: { n: 2 } })
    const path = join(root, 'events.jsonl')
    await until(() => lines(path).length === 2)
    expect(lines(path)).toEqual([
      { timestamp: expect.any(String) as string, type: 'task', data: { n: 1, source: 'cli' } },
      { timestamp: expect.any(String) as string, type: 'error', data: { n: 2, source: 'hook' } },
    ])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    await bus.close()
    const again = open({ dir, mirror: true })
    await again.emit({ type: 'user', source: 'api', payload: { n: 3 } })
    await until(() => lines(path).length === 3)
  })

  it('begins a new file at 50 MiB and keeps the last two', async () => {
    const root = folder()
    const path = join(root, 'events.jsonl')
    writeFileSync(path, '')
    truncateSync(path, 50 * 1024 * 1024 - 10)
    writeFileSync(`${path}.1`, '{"old":1}\n')
    const bus = open({ dir: join(root, 'events'), mirror: true })
    await bus.emit({ type: 'task', source: 'cli', payload: {} })
    await until(() => lines(`${path}.2`).length === 1)
    await until(() => existsSync(path) && lines(path).length === 1)
    expect(statSync(`${path}.1`).size).toBe(50 * 1024 * 1024 - 10)
  })
})
