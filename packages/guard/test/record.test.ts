import { afterEach, expect, test } from 'vitest'
import { agentFieldsOf } from '@loki/audit'
import type { Action } from '../src/index.js'
import { command, makeProject } from './project.js'
import type { Project } from './project.js'

const projects: Project[] = []
afterEach(async () => {
  await Promise.all(projects.splice(0).map((made) => made.remove()))
})

function project(): Project {
  const made = makeProject({
    policies: 'data:\n  - name: no-secrets\n    type: secret_detection\n    action: deny\n',
  })
  projects.push(made)
  return made
}

test('a decision names what was found, and never the value', async () => {
  const p = project()
  const content = 'key = AKIAZ7QXJ4MNOP2RST6U\n'
  const action: Action = {
    kind: 'file_write',
    session: 'ses-1',
    agent: 'main',
    host: 'claude',
    tool: 'Write',
    cwd: p.dir,
    projectDir: p.dir,
    paths: ['a.txt'],
    content,
  }
  expect((await p.guard.check(action)).decision).toBe('DENY')
  const [entry] = await p.entries()
  if (entry === undefined) throw new Error('expected an entry')
  const { findings } = agentFieldsOf(entry)
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: 'aws_access_key_id', category: 'secret', rule: 'no-secrets' }),
  )
  expect(JSON.stringify(entry)).not.toContain('AKIAZ7QXJ4MNOP2RST6U')
})

test('a result says how it ended and how long it took, where that was measured', async () => {
  const p = project()
  const action = command(p, 'npm test', { provider: 'claude', model: 'opus' })
  for (const result of [{ ok: true, durationMs: 12.5 }, { ok: false }, { ok: true, durationMs: Number.NaN }]) {
    await p.guard.check(action)
    await p.guard.finished(action, result)
  }
  const finished = (await p.entries()).filter(({ what }) => what === 'action.finished')
  expect(finished.map(agentFieldsOf)).toMatchObject([
    { agent: 'main', provider: 'claude', model: 'opus', durationMs: 12.5, result: 'success' },
    { result: 'failure' },
    { result: 'success' },
  ])
  expect(finished[2]?.metadata).not.toHaveProperty('duration_ms')
})

test('names that are none or too long keep no action from being decided', async () => {
  const p = project()
  const action = command(p, 'npm test', { agent: '', provider: 'x'.repeat(1000), model: '\ud800' })
  expect((await p.guard.check(action)).decision).toBe('ALLOW')
  const [entry] = await p.entries()
  expect(entry?.metadata).not.toHaveProperty('agent')
  expect(entry?.metadata).toMatchObject({ provider: 'x'.repeat(256), model: '\ufffd' })
})
