import { join } from 'node:path'
import { openCosts } from '@loki/costs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Place } from './loki.js'

let place: Place
beforeEach(() => {
  place = new Place()
})
afterEach(() => place.remove())

const LIMITS = { COST_MAX_PER_DAY: '2.00' }

async function spend(micros: number, more: object = {}): Promise<void> {
  const ledger = openCosts({ dir: join(place.home, '.loki', 'costs'), enabled: true, env: {} })
  const call = { project: place.project, session: 'ses-1', task: 't1', provider: 'claude', model: 'claude-x', ...more }
  await ledger.record(call, { usage: { input: 1000, output: 50 }, micros })
}

it('a malformed limit refuses to start, whatever the command', async () => {
  const run = await place.loki(['cost'], { env: { COST_MAX_PER_DAY: '$2' } })
  expect(run).toMatchObject({ code: 2, stderr: expect.stringMatching(/COST_MAX_PER_DAY/) as string })
})

it('shows what was spent by what was asked, of this project or of all, and in the forms of other tools', async () => {
  expect((await place.loki(['cost'])).stderr).toMatch(/No model call/)
  await spend(1_250_000)
  await spend(500_000, { project: '/elsewhere', task: 't2' })
  expect((await place.loki(['cost', '--by', 'task'])).stdout).toMatch(/ses-1\/t1\s+1\s+1000\s+-\s+50\s+1\.25/)
  const all = await place.loki(['cost', '--by', 'project', '--all', '--json'])
  expect(JSON.parse(all.stdout)).toMatchObject({
    rows: [{ micros: 1_250_000 }, { group: '/elsewhere', micros: 500_000 }],
  })
  expect((await place.loki(['cost', '--format', 'csv'])).stdout.split('\r\n')).toHaveLength(3)
  expect((await place.loki(['cost', '--format', 'focus'])).stdout).toMatch(/^BilledCost,/)
  expect((await place.loki(['cost', '--by', 'mood'])).code).toBe(2)
})

it('a budget that is used up is told by the exit code; raised, it is not', async () => {
  await spend(2_000_000)
  const status = await place.loki(['budget', 'status'], { env: LIMITS })
  expect(status).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/COST_MAX_PER_DAY\s+\S+\s+\$2\.00\s+\$2\.00\s+100/) as string,
  })
  expect((await place.loki(['budget', 'raise', 'COST_MAX_PER_DAY', 'five'], { env: LIMITS })).code).toBe(2)
  expect((await place.loki(['budget', 'raise', 'COST_MAX_PER_TASK', '1'], { env: LIMITS })).code).toBe(1)
  expect((await place.loki(['budget', 'raise', 'COST_MAX_PER_DAY', '3.00'], { env: LIMITS })).code).toBe(0)
  const raised = await place.loki(['budget', 'status', '--json'], { env: LIMITS })
  expect(raised.code).toBe(0)
  expect(JSON.parse(raised.stdout)).toMatchObject({ budgets: [{ limitMicros: 5_000_000, percent: 40 }] })
})
