import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVENT_SOURCES, EVENT_TYPES, MAX_PAYLOAD_BYTES, type NewEvent, openEvents } from '../src/index.js'
import { filesIn, folder, open, readJson } from './folder.js'

const event: NewEvent = { type: 'task', source: 'cli', payload: { n: 1 } }
/** What a caller without types may pass. */
const untyped = (value: unknown): NewEvent => value as NewEvent

describe('emit refuses', () => {
  const refused: [string, unknown, string, RegExp][] = [
    [
      'an unknown type, and names those there are',
      { ...event, type: 'tusk' },
      'UNKNOWN_TYPE',
      /"tusk".*state, memory, task/,
    ],
    [
      'an unknown source, and names those there are',
      { ...event, source: 'x' },
      'UNKNOWN_SOURCE',
      /"x".*cli, api, vscode/,
    ],
    ['a type inherited by every object', { ...event, type: 'constructor' }, 'UNKNOWN_TYPE', /constructor/],
    ['a type that is no string', { ...event, type: 7 }, 'UNKNOWN_TYPE', /number/],
    ['an id from the caller, which could leave the folder', { ...event, id: '../../x' }, 'BAD_EVENT', /"id"/],
    ['a timestamp from the caller', { ...event, timestamp: '../x' }, 'BAD_EVENT', /"timestamp"/],
    ['no event at all', undefined, 'BAD_EVENT', /undefined/],
    ['a list as payload', { ...event, payload: [1] }, 'BAD_EVENT', /an array/],
    ['null as payload', { ...event, payload: null }, 'BAD_EVENT', /null/],
    [
      'an object that serialises to something else',
      { ...event, payload: { toJSON: () => 'x' } },
      'BAD_EVENT',
      /object/,
    ],
    ['a BigInt', { ...event, payload: { n: 1n } }, 'BAD_EVENT', /BigInt/],
    [
      'a payload over the limit',
      { ...event, payload: { s: 'é'.repeat(MAX_PAYLOAD_BYTES / 2) } },
      'TOO_LARGE',
      /262144/,
    ],
  ]
  it.each(refused)('%s', async (_, value, code, message) => {
    const dir = join(folder(), 'events')
    const rejection = open({ dir }).emit(untyped(value))
    await expect(rejection).rejects.toMatchObject({
      name: 'EventsError',
      code,
      message: expect.stringMatching(message) as string,
    })
    expect(existsSync(dir)).toBe(false)
  })

  it('an event that could not be written, and gives no id', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')
    await expect(open({ dir: file }).emit(event)).rejects.toMatchObject({ code: 'WRITE_FAILED' })
  })

  it('to work after close', async () => {
    const bus = open({ dir: folder() })
    await bus.close()
    await expect(bus.emit(event)).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('emit', () => {
  it('writes the documented event under the documented name', async () => {
    const dir = join(folder(), '.loki', 'events')
    const now = (): Date => new Date('2026-01-02T03:04:05.678Z')
    const id = await open({ dir, now }).emit({ type: 'state', source: 'hook', payload: { a: [1, null, 'é\n'] } })
    expect(id).toMatch(/^[0-9a-f]{16}-000000000001$/)
    const name = `2026-01-02T03-04-05.678Z_${String(id)}.json`
    expect(filesIn(dir, 'pending')).toEqual([name])
    expect(readJson(dir, 'pending', name)).toEqual({
      id,
      type: 'state',
      source: 'hook',
      timestamp: '2026-01-02T03:04:05.678Z',
      payload: { a: [1, null, 'é\n'] },
      version: '1.0',
    })
  })

  it('takes every documented type and source', async () => {
    const dir = folder()
    const bus = open({ dir })
    for (const type of EVENT_TYPES) for (const source of EVENT_SOURCES) await bus.emit({ type, source, payload: {} })
    expect(filesIn(dir, 'pending')).toHaveLength(EVENT_TYPES.length * EVENT_SOURCES.length)
  })

  it('leaves no temporary file and opens nothing to other users', async () => {
    const dir = join(folder(), 'deep', 'events')
    await open({ dir, durability: 'fsync' }).emit(event)
    expect(filesIn(dir, 'tmp')).toEqual([])
    for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
      const stats = statSync(join(dir, name))
      expect([name, stats.mode & 0o777]).toEqual([name, stats.isDirectory() ? 0o700 : 0o600])
    }
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  it('works again after somebody has cleared the folder away', async () => {
    const dir = folder()
    const bus = open({ dir })
    await bus.emit(event)
    rmSync(dir, { recursive: true })
    await bus.emit(event)
    expect(filesIn(dir, 'pending')).toHaveLength(1)
  })

  it('gives two buses ids that cannot meet', async () => {
    const dir = folder()
    const [one, two] = [await open({ dir }).emit(event), await open({ dir }).emit(event)]
    expect(one?.slice(0, 16)).not.toBe(two?.slice(0, 16))
  })
})

describe('a bus', () => {
  it('refuses a folder variable that cannot be a path', () => {
    expect(() => openEvents({ env: { LOKI_EVENTS_DIR: 'a\0b' } })).toThrow(/LOKI_EVENTS_DIR/)
    expect(() => openEvents({ dir: ' ', env: {} })).toThrow(/dir must be/)
  })

  it('refuses an unknown durability', () => {
    const options = { dir: 'x', durability: 'maybe' } as unknown as Parameters<typeof openEvents>[0]
    expect(() => openEvents(options)).toThrow(/'rename' or 'fsync'/)
  })

  it.each([
    ['without a folder', {}],
    ['with a blank variable', { env: { LOKI_EVENTS_DIR: '  ' } }],
    ['told so, whatever else is set', { enabled: false, dir: 'x', env: { LOKI_EVENTS_DIR: 'y' } }],
  ])('is off %s, accepts every call and does nothing', async (_, options) => {
    const bus = openEvents({ env: {}, ...options })
    expect(bus).toMatchObject({ enabled: false, dir: undefined })
    expect(Object.isFrozen(bus)).toBe(true)
    expect(await bus.emit(event)).toBeUndefined()
    const subscription = bus.subscribe({ group: 'a' }, () => {
      throw new Error('nobody is to be called')
    })
    expect(subscription.group).toBe('a')
    await subscription.close()
    await bus.close()
  })

  it('is on where the variable, the option or the caller says so', () => {
    const dir = folder()
    expect(openEvents({ env: { LOKI_EVENTS_DIR: dir } })).toMatchObject({ enabled: true, dir })
    expect(openEvents({ dir, env: { LOKI_EVENTS_DIR: '/elsewhere' } })).toMatchObject({ enabled: true, dir })
    expect(openEvents({ enabled: true, env: {} }).dir).toBe(join(process.cwd(), '.loki', 'events'))
  })

  it('touches no file before it is used', async () => {
    const dir = join(folder(), 'events')
    await openEvents({ dir, env: {} }).close()
    expect(existsSync(dir)).toBe(false)
    mkdirSync(dir)
    openEvents({ dir, env: {} })
    expect(readdirSync(dir)).toEqual([])
  })
})
