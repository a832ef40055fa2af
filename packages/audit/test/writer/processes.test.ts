import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { verifyLog } from '../../src/index.js'
import { bundleInto, program } from '../children/bundle.js'
import { start } from '../children/process.js'
import type { Child } from '../children/process.js'
import { linesOf, openLog, parse, temporary } from '../folder.js'

const BUILD = mkdtempSync(join(tmpdir(), 'loki-audit-build-'))
let entry = ''

beforeAll(() => {
  entry = bundleInto(BUILD)
})

afterAll(() => {
  rmSync(BUILD, { recursive: true, force: true })
})

function record(dir: string, name: string, options: { count: number; flight?: number; end?: string }): Child {
  const { count, flight = 8, end = 'close' } = options
  const child = start([process.execPath, program('recorder.mjs'), entry, dir, name, `${count}`, `${flight}`, end])
  onTestFinished(() => {
    child.process.kill('SIGKILL')
  })
  return child
}

function acknowledged(child: Child): string[] {
  return child.lines.filter((line) => line.startsWith('ack ')).map((line) => line.split(' ')[1] ?? '')
}

function recorded(dir: string): string[] {
  return linesOf(dir)
    .map((line) => parse(line).metadata?.id)
    .filter((id) => typeof id === 'string')
}

function writerOf(dir: string): number | undefined {
  try {
    return (JSON.parse(readFileSync(join(dir, 'audit.writer'), 'utf8')) as { pid: number }).pid
  } catch {
    return undefined
  }
}

test.each(['exit', 'kill', 'leave'])(
  '500 acknowledged records are on disk when the process then ends by %s',
  async (end) => {
    const dir = temporary()
    const child = record(dir, 'one', { count: 500, flight: 64, end })
    const { signal } = await child.ended
    expect(signal).toBe(end === 'kill' ? 'SIGKILL' : null)
    expect(acknowledged(child)).toHaveLength(500)
    expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 500 })
  },
)

test('a pending record keeps the process alive until it is on disk', async () => {
  const dir = temporary()
  const child = start([process.execPath, program('unawaited.mjs'), entry, dir])
  expect(await child.ended).toEqual({ code: 0, signal: null })
  expect(child.lines).toEqual(['ack'])
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 1 })
})

test('a log that is idle does not keep its process alive, as the writer or linked to it', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'test', what: 'first' })
  const linked = record(dir, 'linked', { count: 3, end: 'leave' })
  expect(await linked.ended).toEqual({ code: 0, signal: null })
  await log.close()
  const alone = record(dir, 'alone', { count: 3, end: 'leave' })
  expect(await alone.ended).toEqual({ code: 0, signal: null })
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 7 })
})

test('four processes record 200 each into one chain', async () => {
  const dir = temporary()
  const children = ['a', 'b', 'c', 'd'].map((name) => record(dir, name, { count: 200 }))
  await Promise.all(children.map(({ ended }) => ended))
  expect(children.flatMap(acknowledged)).toHaveLength(800)
  expect(await verifyLog(dir)).toMatchObject({ valid: true, entries: 800 })
  expect(new Set(recorded(dir)).size).toBe(800)
})

test(
  '50 times kill -9 under four processes loses no acknowledged record and doubles none',
  { timeout: 120_000 },
  async () => {
    const dir = temporary()
    const acks: string[] = []
    const alive = new Map<number, Child>()
    let kills = 0
    const worker = async (name: string): Promise<void> => {
      let mine = 0
      for (let life = 0; mine < 200 || kills < 50; life++) {
        const child = record(dir, `${name}.${life}`, { count: 100, flight: 1 + (life % 8) })
        const pid = child.process.pid ?? 0
        alive.set(pid, child)
        await child.ended
        alive.delete(pid)
        const own = acknowledged(child)
        mine += own.length
        acks.push(...own)
      }
    }
    const killer = async (): Promise<void> => {
      while (kills < 50) {
        await sleep(20 + Math.random() * 120)
        // Every other victim is the writer, in whose hands are the records of all.
        const writer = alive.get(writerOf(dir) ?? 0)
        const working = [...alive.values()].filter(({ lines }) => lines.length > 0 && lines.at(-1) !== 'done')
        const victim = kills % 2 === 0 ? writer : working[Math.floor(Math.random() * working.length)]
        if (victim?.process.kill('SIGKILL') === true) kills++
      }
    }
    void killer()
    await Promise.all(['a', 'b', 'c', 'd'].map(worker))
    const log = openLog(dir)
    await log.record({ who: 'test', what: 'last' })
    expect(await log.verifyChain()).toMatchObject({ valid: true })
    const onDisk = recorded(dir)
    expect(new Set(onDisk).size).toBe(onDisk.length)
    const found = new Set(onDisk)
    expect(acks.filter((id) => !found.has(id))).toEqual([])
    expect(acks.length).toBeGreaterThanOrEqual(800)
  },
)

test('a stopped writer makes others time out with its number, and goes on when it is woken', async () => {
  const dir = temporary()
  const child = record(dir, 'writer', { count: 1, end: 'wait' })
  await child.saw('done')
  const log = openLog(dir, { timeoutMs: 700 })
  await log.record({ who: 'test', what: 'before' })
  const fresh = openLog(dir, { timeoutMs: 400 })
  child.process.kill('SIGSTOP')
  const pid = String(child.process.pid)
  await expect(log.record({ who: 'test', what: 'linked' })).rejects.toMatchObject({ code: 'TIMEOUT' })
  await expect(fresh.record({ who: 'test', what: 'unlinked' })).rejects.toThrow(`process ${pid} is its writer`)
  child.process.kill('SIGCONT')
  await log.record({ who: 'test', what: 'after' })
  await fresh.record({ who: 'test', what: 'after' })
  expect(await log.verifyChain()).toMatchObject({ valid: true })
})

test('another process takes over when the writer closes', async () => {
  const dir = temporary()
  const child = record(dir, 'writer', { count: 1, end: 'wait' })
  await child.saw('done')
  const log = openLog(dir)
  await log.record({ who: 'test', what: 'linked' })
  expect(writerOf(dir)).toBe(child.process.pid)
  child.process.stdin?.write('\n')
  await child.ended
  await log.record({ who: 'test', what: 'on its own' })
  expect(writerOf(dir)).toBe(process.pid)
  expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 3 })
})

test('a stopped client with records under way does not hold the writer up', async () => {
  const dir = temporary()
  const log = openLog(dir)
  await log.record({ who: 'test', what: 'first' })
  const child = record(dir, 'client', { count: 1_000_000, flight: 64 })
  await child.saw('ack client-500 ')
  child.process.kill('SIGSTOP')
  const begin = performance.now()
  for (let index = 0; index < 20; index++) await log.record({ who: 'test', what: 'meanwhile' })
  expect(performance.now() - begin).toBeLessThan(1_900)
  child.process.kill('SIGKILL')
  child.process.kill('SIGCONT')
  await child.ended
  await log.record({ who: 'test', what: 'last' })
  expect(await log.verifyChain()).toMatchObject({ valid: true })
  const found = new Set(recorded(dir))
  expect(acknowledged(child).filter((id) => !found.has(id))).toEqual([])
})
