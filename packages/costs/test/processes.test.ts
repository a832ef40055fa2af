import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { emptyFolder, ledgerWith } from './folder.js'

if (!existsSync(join(import.meta.dirname, '../dist/index.js'))) {
  throw new Error('packages/costs is not built; run: pnpm --filter @loki/costs build')
}

interface Spender {
  readonly child: ChildProcessWithoutNullStreams
  readonly lines: () => readonly string[]
  readonly ended: Promise<void>
}

function spender(dir: string, session: string, count: number): Spender {
  const env = { PATH: process.env.PATH, COST_MAX_PER_DAY: '1' }
  const program = join(import.meta.dirname, 'programs/spend.mjs')
  const child = spawn(process.execPath, [program, dir, session, String(count)], { env })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve()
    })
  })
  return { child, lines: () => output.split('\n'), ended }
}

const LIMIT = { COST_MAX_PER_DAY: '1' }

describe('several processes', () => {
  it('never spend more than there is between them, and each alert is told once', async () => {
    const dir = emptyFolder()
    const all = Array.from({ length: 6 }, (_, at) => spender(dir, `ses-${at}`, 60))
    await Promise.all(all.map(({ ended }) => ended))
    const lines = all.flatMap((one) => one.lines())
    // A hundred cents: not one more is granted, and not one is left by those that were refused in a race.
    expect(lines.filter((line) => line.startsWith('settled'))).toHaveLength(100)
    expect(lines.filter((line) => line === 'refused budget')).toHaveLength(6)
    expect(lines.filter((line) => line === 'alert 80')).toHaveLength(1)
    const ledger = ledgerWith({ dir, env: LIMIT, now: () => new Date() })
    expect(await ledger.budgets()).toMatchObject([{ used: { micros: 1_000_000 }, percent: 100 }])
  })

  it('that are killed between reserving and settling lose no money and free none', async () => {
    const dir = emptyFolder()
    const granted = new Set<string>()
    for (let trial = 0; trial < 12; trial += 1) {
      const pair = [spender(dir, `a-${trial}`, 1_000), spender(dir, `b-${trial}`, 1_000)]
      await new Promise((done) => setTimeout(done, 90 + trial * 7))
      for (const { child, ended } of pair) {
        child.kill('SIGKILL')
        await ended
      }
      for (const line of pair.flatMap((one) => one.lines())) {
        const [word, id] = line.split(' ')
        if (word === 'granted' && id !== undefined) granted.add(id)
      }
    }
    const ledger = ledgerWith({ dir, env: LIMIT, now: () => new Date() })
    const calls = await ledger.calls()
    const ids = new Set(calls.map(({ call }) => call.id))
    expect([...granted].filter((id) => !ids.has(id))).toEqual([])
    const sum = calls.reduce((total, { settled, reservedMicros }) => total + (settled?.micros ?? reservedMicros), 0)
    expect(await ledger.budgets()).toMatchObject([{ used: { micros: sum } }])
    // A refusal that was killed before it took its line back counts until somebody releases it: never the other way round.
    expect(calls.filter(({ settled }) => settled !== undefined).length * 10_000).toBeLessThanOrEqual(1_000_000)
  })
})
