import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openEvents } from '@loki/events'
import { main, Place } from './loki.js'

const place = new Place()
const dir = join(place.project, '.loki', 'events')

/** The lines of JSON that a command printed. */
function records(stdout: string): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + 15_000
  while (!holds()) {
    if (performance.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

beforeAll(async () => {
  expect((await place.loki(['events', 'stats'])).stderr).toContain('No event was told here yet')
  const events = openEvents({ dir, env: {} })
  for (let n = 1; n <= 3; n += 1) await events.emit({ type: 'error', source: 'hook', payload: { n } })
  let seen = 0
  events.subscribe({ group: 'worker', tries: 1 }, (_, { seq }) => {
    seen += 1
    if (seq === 2) throw new TypeError('cannot \u001b[31m')
  })
  await until(() => seen === 3)
  await events.close()
})
afterAll(() => place.remove())

it('refuses unknown words, payloads that are no object, and what it cannot find, with 2', async () => {
  const refused: [readonly string[], RegExp][] = [
    [['events', 'emit', 'tusk'], /unknown type "tusk"; use one of state/],
    [['events', 'emit', 'task', '{}', '--source', 'me'], /unknown source "me"/],
    [['events', 'emit', 'task', '[1]'], /JSON object/],
    [['events', 'emit', 'task', '{"a":'], /not JSON/],
    [['events', 'tail', '--type', 'tusk'], /--type is one of state/],
    [['events', 'tail', 'many'], /whole number/],
    [['events', 'replay'], /--since/],
    [['events', 'replay', '--since', 'then'], /--since takes a time/],
    [['events', 'replay', '--since', '0000000000000000-000000000001'], /no event with the id/],
    [['events', 'dead', 'bury', 'worker', '2'], /list, retry, drop/],
    [['events', 'dead', 'drop', 'worker'], /--all/],
    [['events', 'dead', 'drop', '../worker', '2'], /group must be/],
  ]
  const runs = await Promise.all(refused.map(async ([args]) => place.loki(args)))
  expect(runs.map(({ code }) => code)).toEqual(refused.map(() => 2))
  for (const [n, { stderr }] of runs.entries()) expect(stderr).toMatch(refused[n]?.[1] ?? /^$/)
}, 60_000)

it('emits from arguments and standard input, and shows it again by filter, id and time', async () => {
  const emitted = await place.loki(['events', 'emit', 'task', '{"title":"Parse"}', '--durable'])
  expect(emitted).toMatchObject({ code: 0, stderr: '' })
  const id = emitted.stdout.trim()
  expect(id).toMatch(/^[0-9a-f]{16}-\d{12}$/)
  const piped = await place.loki(['events', 'emit', 'metric', '-', '--source', 'skill', '--json'], {
    input: '{"ms":5}',
  })
  expect(records(piped.stdout)).toEqual([{ id: expect.any(String) as string }])

  const tail = await place.loki(['events', 'tail', '--type', 'task', '--type', 'metric', '--json'])
  expect(records(tail.stdout)).toMatchObject([
    { seq: 4, id, type: 'task', source: 'cli', payload: { title: 'Parse' }, version: '1.0' },
    { seq: 5, type: 'metric', source: 'skill', payload: { ms: 5 } },
  ])
  const from = await place.loki(['events', 'replay', '--since', id])
  expect(from.stdout.trim().split('\n')).toHaveLength(2)
  expect(from.stdout).toContain('{"title":"Parse"}')
  const numbered = await place.loki(['events', 'replay', '--since', '2', '--source', 'hook', '--json'])
  expect(records(numbered.stdout).map(({ seq }) => seq)).toEqual([2, 3])
  const recent = await place.loki(['events', 'replay', '--since', '1h', '--json'])
  expect(records(recent.stdout)).toHaveLength(5)
}, 60_000)

it('shows what a group has before it without taking it, and how each group stands', async () => {
  for (let round = 0; round < 2; round += 1) {
    const peek = await place.loki(['events', 'tail', '--group', 'worker', '--json'])
    expect(records(peek.stdout).map(({ seq }) => seq)).toEqual([4, 5])
  }
  const unknown = await place.loki(['events', 'tail', '--group', 'nobody'])
  expect(unknown).toMatchObject({ code: 1 })
  const stats = await place.loki(['events', 'stats', '--json'])
  expect(records(stats.stdout)[0]).toMatchObject({
    pending: 0,
    next: 6,
    deadLetters: 1,
    groups: [{ group: 'worker', next: 4, behind: 2, served: false }],
  })
  const told = await place.loki(['events', 'stats'])
  expect(told.stdout).toMatch(/^5 events in .*numbers 1 to 5\n0 pending, 0 set aside, 1 given up\nGROUP/)
}, 60_000)

it('lists what was given up without its escapes, retries and drops it', async () => {
  const listed = await place.loki(['events', 'dead'])
  expect(listed.stdout).toMatch(/worker\s+2 .*TypeError: cannot \\u001b/)
  expect(await place.loki(['events', 'dead', 'retry', 'worker', '3'])).toMatchObject({ code: 1 })
  expect(await place.loki(['events', 'dead', 'retry', 'worker', '2'])).toMatchObject({ code: 0 })
  const again = await place.loki(['events', 'dead', 'list', 'worker', '--json'])
  expect(records(again.stdout)[0]).toMatchObject({ letters: [{ seq: 2, retrying: true }], lost: [] })
  const dropped = await place.loki(['events', 'dead', 'drop', 'worker', '--all', '--json'])
  expect(records(dropped.stdout)).toEqual([{ action: 'drop', group: 'worker', numbers: [2] }])
  expect((await place.loki(['events', 'dead'])).stderr).toContain('No group gave anything up')
}, 60_000)

it('follows until it is interrupted, and then ends well', async () => {
  const child = spawn(process.execPath, [main, 'events', 'tail', '1', '-f', '--json'], {
    cwd: place.project,
    env: place.env,
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  await until(() => records(stdout).length === 1)
  await openEvents({ dir, env: {} }).emit({ type: 'user', source: 'api', payload: { last: true } })
  await until(() => records(stdout).length === 2)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  expect(records(stdout)[1]).toMatchObject({ type: 'user', payload: { last: true } })
}, 60_000)
