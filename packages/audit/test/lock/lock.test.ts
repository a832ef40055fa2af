import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { bundleInto, program } from '../children/bundle.js'
import { start } from '../children/process.js'
import { openLog, temporary } from '../folder.js'

const BUILD = mkdtempSync(join(tmpdir(), 'loki-audit-build-'))
const good = { who: 'test', what: 'test.record' }
let entry = ''

beforeAll(() => {
  entry = bundleInto(BUILD)
})

afterAll(() => {
  rmSync(BUILD, { recursive: true, force: true })
})

test('a kind of lock that this version does not know is refused', async () => {
  const dir = temporary()
  writeFileSync(join(dir, 'audit.lock'), 'lease 00\n')
  await expect(openLog(dir).record(good)).rejects.toMatchObject({ code: 'LOCK_UNAVAILABLE' })
})

test('a log locked by flock is refused where that program is missing, not locked in another way', async () => {
  const dir = temporary()
  writeFileSync(join(dir, 'audit.lock'), 'flock 00\n')
  const child = start(['env', 'PATH=/nowhere', process.execPath, program('recorder.mjs'), entry, dir, 'one', '1', '1'])
  await child.ended
  expect(child.lines).toEqual(['refused one-0 LOCK_UNAVAILABLE', 'done'])
})

test('where flock is missing a new log gets another lock, and that is written down', async () => {
  const dir = temporary()
  const child = start(['env', 'PATH=/nowhere', process.execPath, program('recorder.mjs'), entry, dir, 'one', '1', '1'])
  await child.ended
  expect(child.lines.at(0)).toMatch(/^ack/)
  expect(readFileSync(join(dir, 'audit.lock'), 'utf8')).toMatch(/^(bind|owner) [0-9a-f]{32}\n$/)
})

describe.each(['flock', 'bind', 'owner'])('a log locked by %s', (kind) => {
  test('has one writer among several processes, and another one after kill -9', { timeout: 60_000 }, async () => {
    const dir = temporary()
    writeFileSync(join(dir, 'audit.lock'), `${kind} 0123456789abcdef${process.pid}${Date.now()}\n`)
    const run = (name: string, end: string): ReturnType<typeof start> => {
      const child = start([process.execPath, program('recorder.mjs'), entry, dir, name, '60', '4', end])
      onTestFinished(() => {
        child.process.kill('SIGKILL')
      })
      return child
    }
    for (const round of [1, 2, 3]) {
      const children = [run(`a${round}`, 'kill'), run(`b${round}`, 'close'), run(`c${round}`, 'kill')]
      await Promise.all(children.map(({ ended }) => ended))
      for (const { lines } of children) expect(lines.filter((line) => line.startsWith('ack'))).toHaveLength(60)
    }
    const log = openLog(dir)
    await log.record(good)
    expect(await log.verifyChain()).toMatchObject({ valid: true, entries: 541 })
  })
})
