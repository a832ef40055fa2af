import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EventsError, LokiEvent } from '../src/index.js'
import { filesIn, folder, open, until } from './folder.js'

const good = {
  id: 'k3x9q2ab',
  type: 'task',
  source: 'cli',
  timestamp: '2026-01-02T03:04:05Z',
  payload: {},
  version: '1.0',
}
const name = '2026-01-02T03-04-05Z_k3x9q2ab.json'

/** A folder whose `pending/` another program has filled. */
function pending(files: Readonly<Record<string, string>>, options: { readonly ageMs: number }): string {
  const dir = folder()
  mkdirSync(join(dir, 'pending'))
  const then = new Date(Date.now() - options.ageMs)
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(join(dir, 'pending', file), text)
    utimesSync(join(dir, 'pending', file), then, then)
  }
  return dir
}

function collect(dir: string): { readonly events: LokiEvent[]; readonly problems: EventsError[] } {
  const events: LokiEvent[] = []
  const problems: EventsError[] = []
  open({ dir, onProblem: (problem) => void problems.push(problem) }).subscribe({ group: 'all' }, (event) => {
    events.push(event)
  })
  return { events, problems }
}

describe('a file in pending is set aside with its reason when it', () => {
  const broken: [string, string, string, RegExp][] = [
    ['is empty, as after power loss', name, '', /not JSON/],
    ['is torn', name, JSON.stringify(good).slice(0, 40), /not JSON/],
    ['is not an object', name, '[]', /an array/],
    ['has an id that would leave the folder', name, JSON.stringify({ ...good, id: '../../etc/x' }), /id must be/],
    ['has another id than its name', name, JSON.stringify({ ...good, id: 'other' }), /_other\.json/],
    ['has an unknown type', name, JSON.stringify({ ...good, type: 'tusk' }), /unknown type "tusk"/],
    ['has an unknown source', name, JSON.stringify({ ...good, source: 'x' }), /unknown source/],
    ['has a time that is a path', name, JSON.stringify({ ...good, timestamp: '../../x' }), /ISO 8601/],
    ['has no payload', name, JSON.stringify({ ...good, payload: undefined }), /payload/],
    ['has another version', name, JSON.stringify({ ...good, version: '2.0' }), /version/],
    ['is too large', name, JSON.stringify({ ...good, payload: { s: 'x'.repeat(300_000) } }), /larger than/],
  ]
  it.each(broken)('%s', async (_, file, text, reason) => {
    const dir = pending({ [file]: text, 'z_abc.json': JSON.stringify({ ...good, id: 'abc' }) }, { ageMs: 60_000 })
    const { events, problems } = collect(dir)
    await until(() => events.length === 1 && problems.length === 1)
    expect(events[0]?.id).toBe('abc')
    expect(problems[0]).toMatchObject({ code: 'QUARANTINED', message: expect.stringMatching(reason) as string })
    expect(filesIn(dir, 'quarantine')).toEqual([file, `${file}.reason`])
    expect(readFileSync(join(dir, 'quarantine', `${file}.reason`), 'utf8')).toMatch(reason)
    expect(filesIn(dir, 'pending')).toEqual([])
  })

  it('is a link, a folder or a pipe: none is followed or waited for', async () => {
    const dir = pending({ 'z_abc.json': JSON.stringify({ ...good, id: 'abc' }) }, { ageMs: 60_000 })
    symlinkSync('/etc/passwd', join(dir, 'pending', 'a_link.json'))
    mkdirSync(join(dir, 'pending', 'a_folder.json'))
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(dir, 'pending', 'a_pipe.json')])
    const { events, problems } = collect(dir)
    await until(() => events.length === 1 && problems.length === 3)
    expect(filesIn(dir, 'pending')).toEqual([])
  })
})

describe('a file in pending is left alone while', () => {
  it('it is young and not whole: its writer may be at work', async () => {
    const text = JSON.stringify(good)
    const dir = pending({ [name]: text.slice(0, 30) }, { ageMs: 0 })
    const { events, problems } = collect(dir)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(filesIn(dir, 'pending')).toEqual([name])
    writeFileSync(join(dir, 'pending', name), text)
    await until(() => events.length === 1)
    expect(problems).toEqual([])
  })

  it('its writer holds a lock beside it; an abandoned lock does not count', async () => {
    const dir = pending({ [name]: '', [`${name}.lock`]: '' }, { ageMs: 30_000 })
    const { problems } = collect(dir)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(problems).toEqual([])
    const then = new Date(Date.now() - 120_000)
    utimesSync(join(dir, 'pending', `${name}.lock`), then, then)
    await until(() => problems.length === 1)
    expect(filesIn(dir, 'pending')).toEqual([`${name}.lock`])
  })
})

describe('events of other writers', () => {
  it('are taken in every documented form of name and time, word for word', async () => {
    const files = [
      ['2026-01-02T03:04:05.100Z', 'k3x9q2ab'],
      ['2026-01-02T03:04:05.200000+00:00', '0a1b2c3d'],
      ['2026-01-02T03:04:06Z', 'deadbeef'],
    ].map(([timestamp = '', id = '']) => {
      const text = JSON.stringify({ ...good, id, timestamp, payload: { text: 'ü "_" 1.0' } }, undefined, 2)
      return [`${timestamp.replaceAll(':', '-')}_${id}.json`, text] as const
    })
    const { events } = collect(pending(Object.fromEntries(files), { ageMs: 0 }))
    await until(() => events.length === 3)
    expect(events).toEqual(files.map(([, text]): unknown => JSON.parse(text)))
  })

  it('are in the order of their counter where they count, whatever their clocks say', async () => {
    const emitter = 'a1b2c3d4e5f60718'
    const files = [3, 1, 2].map((n, at) => {
      const timestamp = `2026-01-02T03:04:0${at}Z`
      const id = `${emitter}-${String(n).padStart(12, '0')}`
      return [
        `${timestamp.replaceAll(':', '-')}_${id}.json`,
        JSON.stringify({ ...good, id, timestamp, payload: { n } }),
      ]
    })
    const { events } = collect(pending(Object.fromEntries(files) as Record<string, string>, { ageMs: 0 }))
    await until(() => events.length === 3)
    expect(events.map(({ payload }) => payload.n)).toEqual([1, 2, 3])
  })

  it('wait behind an earlier one of the same emitter that is not whole yet, and nobody else waits', async () => {
    const id = (n: number): string => `a1b2c3d4e5f60718-${String(n).padStart(12, '0')}`
    const text = (event: string): string => JSON.stringify({ ...good, id: event })
    const dir = pending(
      { [`1_${id(1)}.json`]: '{', [`2_${id(2)}.json`]: text(id(2)), '3_x.json': text('x') },
      { ageMs: 0 },
    )
    const { events } = collect(dir)
    await until(() => events.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(events.map((event) => event.id)).toEqual(['x'])
    writeFileSync(join(dir, 'pending', `1_${id(1)}.json`), text(id(1)))
    await until(() => events.length === 3)
    expect(events.map((event) => event.id)).toEqual(['x', id(1), id(2)])
  })
})
