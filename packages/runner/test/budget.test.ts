import { chmodSync } from 'node:fs'
import { openCosts, type CostLedger } from '@loki/costs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { requestControl } from '../src/index.js'
import { makeProject, until, type TestProject } from './project.js'

let project: TestProject
beforeEach(() => {
  project = makeProject()
})
afterEach(async () => {
  await project.remove()
})

/** A stand-in for the CLI that says of each turn that it cost forty cents, the way Claude Code does. */
function installClaude(cost: object): NodeJS.ProcessEnv {
  const result = { type: 'result', subtype: 'success', is_error: false, result: 'ok', ...cost }
  const file = project.write(
    'bin/claude',
    `#!/bin/sh\necho turn >> "$HOME/turns"\ncat > /dev/null\necho '${JSON.stringify(result)}'\n`,
  )
  chmodSync(file, 0o755)
  return { ...project.env, PATH: `${project.path('bin')}:${project.env.PATH ?? ''}` }
}

function ledger(limits: Record<string, string>): CostLedger {
  return openCosts({ dir: project.path('costs'), env: limits, enabled: true })
}

const FORTY_CENTS = { total_cost_usd: 0.4, usage: { input_tokens: 10, output_tokens: 5 } }

test('a session whose budget bears no further turn pauses, says so, and goes on when it is raised', async () => {
  const env = installClaude(FORTY_CENTS)
  const costs = ledger({ COST_MAX_PER_DAY: '1' })
  const done = project.start({ provider: 'claude', env, costs })
  const paused = await until(
    () => project.progress.find((step) => step.kind === 'budget' && step.change === 'exceeded'),
    'the budget to be used up',
  )
  expect(paused).toMatchObject({
    budget: 'COST_MAX_PER_DAY',
    reason: expect.stringMatching(/\$0\.80 of \$1\.00/) as string,
  })
  expect(project.read('turns')).toBe('turn\nturn\n')
  await until(() => project.progress.some((step) => step.kind === 'session' && step.status === 'paused'), 'the pause')
  await costs.raise('COST_MAX_PER_DAY', new Date().toISOString().slice(0, 10), { micros: 5_000_000, by: 'cli:alice' })
  expect(await done).toMatchObject({ status: 'completed' })
  expect(await done).not.toHaveProperty('waitsFor')
  expect(project.read('turns')).toBe('turn\nturn\nturn\n')
  const told = (await project.entries()).filter(({ what }) => /^(budget\.|session\.(paused|resumed))/.test(what))
  expect(told.map(({ what }) => what)).toEqual(['budget.alert', 'budget.exceeded', 'session.paused', 'session.resumed'])
  expect(await costs.budgets()).toMatchObject([{ used: { micros: 1_200_000 } }])
})

test('one that is stopped while it waits says what it waited for, and has spent nothing more', async () => {
  const costs = ledger({ COST_MAX_PER_TASK: '0.45' })
  const done = project.start({ provider: 'claude', env: installClaude(FORTY_CENTS), costs })
  const paused = await until(() => project.progress.find((step) => step.kind === 'budget'), 'the budget')
  requestControl(project.dir, paused.session, 'stop', 'cli:alice')
  expect(await done).toMatchObject({ status: 'stopped', waitsFor: 'budget' })
  expect(() => project.read('turns')).toThrow()
  expect(await costs.calls()).toEqual([])
})

test('after a turn whose cost nobody knows, no further one begins under a budget of money', async () => {
  const costs = ledger({ COST_MAX_PER_DAY: '100' })
  const done = project.start({ provider: 'claude', env: installClaude({}), costs })
  const paused = await until(() => project.progress.find((step) => step.kind === 'budget'), 'the unknown price')
  expect(paused.reason).toMatch(/price of a model of claude is not known/)
  requestControl(project.dir, paused.session, 'stop', 'cli:alice')
  expect(await done).toMatchObject({ status: 'stopped', waitsFor: 'unknown_price' })
  expect(project.read('turns')).toBe('turn\n')
})

test('two sessions that reach for the last money do not both get it', async () => {
  const other = makeProject()
  try {
    const env = installClaude(FORTY_CENTS)
    const costs = ledger({ COST_MAX_PER_DAY: '1.30' })
    const same = openCosts({ dir: project.path('costs'), env: { COST_MAX_PER_DAY: '1.30' } })
    const both = [
      project.start({ provider: 'claude', env, costs }),
      other.start({ provider: 'claude', env: { ...env, HOME: project.dir }, costs: same }),
    ]
    await until(
      () =>
        [project, other].every(({ progress }) =>
          progress.some((step) => step.kind === 'budget' && step.change === 'exceeded'),
        ) || undefined,
      'both to stand still',
    )
    const spent = (await costs.calls()).reduce((sum, call) => sum + (call.settled?.micros ?? call.reservedMicros), 0)
    expect(spent).toBeLessThanOrEqual(1_300_000)
    for (const { dir, progress } of [project, other])
      requestControl(dir, progress[0]?.session ?? '', 'stop', 'cli:alice')
    for (const one of both) expect(await one).toMatchObject({ status: 'stopped', waitsFor: 'budget' })
  } finally {
    await other.remove()
  }
})
