import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ImportResult } from '@loki/audit'
import { Place } from './loki.js'

const state = { place: new Place(), old: '' }

function oldLines(count: number): string[] {
  const lines: string[] = []
  let previousHash = 'GENESIS'
  for (let seq = 0; seq < count; seq += 1) {
    const entry = {
      seq,
      timestamp: '2026-01-31T10:00:00.000Z',
      who: 'agent',
      what: 'tool_call',
      where: null,
      why: null,
    }
    const covered = { ...entry, metadata: { key: 'AKIAZ7QXJ4MNOP2RST6U' }, previousHash }
    previousHash = createHash('sha256').update(JSON.stringify(covered)).digest('hex')
    lines.push(JSON.stringify({ ...covered, hash: previousHash }))
  }
  return lines
}

beforeEach(() => {
  state.place = new Place()
  state.old = join(state.place.root, 'old.jsonl')
  writeFileSync(state.old, `${oldLines(3).join('\n')}\n`)
})
afterEach(() => state.place.remove())

const log = (): string => join(state.place.project, '.loki', 'audit', 'audit.jsonl')
const loki = (...args: string[]): ReturnType<Place['loki']> => state.place.loki(['audit', ...args])

it.each([
  ['nothing', 'nowhere', 1],
  ['a folder without logs', '.', 1],
])('fails on %s, and begins no log', async (_, path, expected) => {
  const { code, stderr } = await loki('import', path)
  expect(stderr).toMatch(/expected/)
  expect(code).toBe(expected)
  expect(existsSync(log())).toBe(false)
})

it('imports a broken log too, says what is wrong and ends with 7', async () => {
  writeFileSync(state.old, `${oldLines(3).join('\n').replace('tool_call', 'tool_cold')}\n{"torn`)
  const { code, stdout } = await loki('import', state.old)
  expect(stdout).toMatch(/✗ .*old\.jsonl \(agent\): 4 lines, imported 4/)
  expect(stdout).toMatch(/hash-mismatch 1, not-json 1, no-line-end 1; lines 1, 4/)
  expect(code).toBe(7)
  expect((await loki('count', '--what', 'imported.entry')).stdout.trim()).toBe('4')
})

it('only judges in a dry run', async () => {
  const { code, stdout } = await loki('import', state.old, '--dry-run')
  expect(stdout).toMatch(/would import 3/)
  expect(code).toBe(0)
  expect(existsSync(log())).toBe(false)
})

it('imports a sound log once, without the secrets that it held', async () => {
  const first = await loki('import', state.old, '--json')
  expect(first.code).toBe(0)
  const { files } = JSON.parse(first.stdout) as ImportResult
  expect(files).toMatchObject([{ imported: 3, verified: 3, already: 0 }])
  expect(readFileSync(log(), 'utf8')).not.toContain('AKIAZ7QXJ4MNOP2RST6U')
  const again = await loki('import', state.old)
  expect(again.stdout).toMatch(/imported 0, 3 already there/)
  expect((await loki('verify')).code).toBe(0)
  expect(readFileSync(log(), 'utf8').trimEnd().split('\n')).toHaveLength(4)
})
