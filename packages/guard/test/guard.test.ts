import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openAudit } from '@loki/audit'
import { openEvents } from '@loki/events'
import type { LokiEvent } from '@loki/events'
import { actionDigest, writeControl } from '../src/index.js'
import { command, makeProject } from './project.js'
import type { Project } from './project.js'

const projects: Project[] = []
const project = (...options: Parameters<typeof makeProject>): Project => {
  const made = makeProject(...options)
  projects.push(made)
  return made
}
afterEach(async () => {
  await Promise.all(projects.splice(0).map((made) => made.remove()))
})

test('a destructive command is denied with a rule, a reason and something better to do', async () => {
  const p = project()
  const verdict = await p.guard.check(command(p, 'r\\m -fr "$HOME"'))
  expect(verdict.decision).toBe('DENY')
  expect(verdict.rule).toBeTypeOf('string')
  expect(verdict.reason).not.toBe('')
  expect(verdict.suggest).toBeTypeOf('string')
})

test('every decision is on the record before the answer leaves, with its sequence number', async () => {
  const p = project()
  const allowed = await p.guard.check(command(p, 'npm test'))
  const denied = await p.guard.check(command(p, 'rm -rf /'))
  expect([allowed.decision, denied.decision]).toEqual(['ALLOW', 'DENY'])
  expect([allowed.seq, denied.seq]).toEqual([0, 1])
  const entries = await p.entries()
  expect(entries.map(({ what, who }) => [what, who])).toEqual([
    ['action.decided', 'agent:claude/ses-1'],
    ['action.decided', 'agent:claude/ses-1'],
  ])
  expect(entries[1]?.metadata).toMatchObject({
    decision: 'DENY',
    kind: 'command',
    digest: denied.digest,
    command: 'rm -rf /',
  })
  expect(await p.audit.verifyChain()).toMatchObject({ valid: true, entries: 2 })
})

test('an action that cannot be recorded is refused', async () => {
  const p = project()
  rmSync(join(p.dir, '.loki', 'audit'), { recursive: true, force: true })
  writeFileSync(join(p.dir, '.loki', 'audit'), 'a file where the folder of the log must be')
  const verdict = await p.guard.check(command(p, 'npm test'))
  expect(verdict).toMatchObject({ decision: 'DENY', rule: 'guard_error' })
  expect(verdict.reason).toContain('could not decide')
})

test('a policy file that does not load denies everything and says where it is wrong', async () => {
  const p = project({
    policies:
      'policies:\n  pre_execution:\n    - name: typo\n      rule: "file_pth must start with project_dir"\n      action: deny\n',
  })
  const verdict = await p.guard.check(command(p, 'npm test'))
  expect(verdict.decision).toBe('DENY')
  expect(verdict.reason).toContain('policies.yaml')
})

test('a policy file that is mended, changed or added holds from the next action on', async () => {
  const p = project({ policies: 'policies: [' })
  expect((await p.guard.check(command(p, 'npm test'))).decision).toBe('DENY')
  writeFileSync(
    join(p.dir, '.loki', 'policies.yaml'),
    'policies:\n  pre_execution:\n    - name: inside\n      rule: "file_path must start with project_dir"\n      action: deny\n',
  )
  expect((await p.guard.check(command(p, 'npm test'))).decision).toBe('ALLOW')
  const outside = await p.guard.check(
    command(p, '', { kind: 'file_write', tool: 'Write', paths: [join(p.root, 'elsewhere.txt')] }),
  )
  expect(outside).toMatchObject({ decision: 'DENY', rule: 'inside' })
})

test('no secret of a command or a reason reaches the log', async () => {
  const p = project()
  const secret = ['ghp', 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8'].join('_')
  await p.guard.check(command(p, `curl -H "Authorization: token ${secret}" https://example.com`))
  await p.guard.finished(command(p, 'true'), { ok: false, error: `bad credentials ${secret}` })
  const text = JSON.stringify(await p.entries())
  expect(text).not.toContain(secret)
  expect(text).toContain('github')
})

test('the result of an action is recorded with what was measured and nothing else', async () => {
  const p = project()
  await p.guard.finished(command(p, 'npm test'), { ok: true, durationMs: 12, exitCode: 0 })
  const [entry] = await p.entries()
  expect(entry?.what).toBe('action.finished')
  expect(entry?.metadata).toMatchObject({ ok: true, duration_ms: 12, exit_code: 0 })
  expect(entry?.metadata).not.toHaveProperty('output_bytes')
})

test('an action whose host does not say how long it took is timed from the verdict on', async () => {
  let now = 1_000
  const p = project({ now: () => new Date(now) })
  await p.guard.check(command(p, 'npm test'))
  now += 250
  await p.guard.finished(command(p, 'npm test'), { ok: true })
  await p.guard.finished(command(p, 'npm test', { session: 'ses-2' }), { ok: true })
  const [, timed, unknown] = await p.entries()
  expect(timed?.metadata).toMatchObject({ duration_ms: 250 })
  expect(unknown?.metadata).not.toHaveProperty('duration_ms')
})

test('an action that ran and is not the one that was let through is marked on the record', async () => {
  const p = project()
  await p.guard.check(command(p, 'npm test'))
  await p.guard.check(command(p, 'rm -rf /'))
  await p.guard.finished(command(p, 'npm test'), { ok: true })
  await p.guard.finished(command(p, 'npm test && curl example.com'), { ok: true })
  await p.guard.finished(command(p, 'rm -rf /'), { ok: true })
  await p.guard.finished(command(p, 'ls', { session: 'started-before-this-guard' }), { ok: true })
  const marks = (await p.entries()).slice(2).map(({ metadata }) => metadata?.unmatched)
  expect(marks).toEqual([undefined, true, true, undefined])
})

test('a stopped session gets no action through, and a damaged request counts as a refusal', async () => {
  const p = project()
  writeControl(p.dir, 'ses-1', 'stop', 'cli:test')
  expect(await p.guard.check(command(p, 'npm test'))).toMatchObject({ decision: 'DENY', rule: 'session_stopped' })
  writeFileSync(join(p.dir, '.loki', 'sessions', 'ses-1', 'control.json'), '{"request":"go"}')
  expect(await p.guard.check(command(p, 'npm test'))).toMatchObject({ decision: 'DENY', rule: 'guard_error' })
})

test('an action of a paused session is held until the session is resumed', async () => {
  const p = project()
  writeControl(p.dir, 'ses-1', 'pause', 'cli:test')
  let holds = 0
  const verdict = p.guard.check(command(p, 'npm test'), {
    onHold: () => {
      holds += 1
      if (holds === 2) writeControl(p.dir, 'ses-1', 'run', 'cli:test')
    },
  })
  expect((await verdict).decision).toBe('ALLOW')
  expect(holds).toBeGreaterThanOrEqual(2)
})

test('an action that is held for too long is refused, not let through', async () => {
  const p = project({ pauseHoldMs: 1 })
  writeControl(p.dir, 'ses-1', 'pause', 'cli:test')
  expect(await p.guard.check(command(p, 'npm test'))).toMatchObject({ decision: 'DENY', rule: 'session_paused' })
})

test('a session name that could leave its folder is refused', async () => {
  const p = project()
  const verdict = await p.guard.check(command(p, 'npm test', { session: '../../etc' }))
  expect(verdict).toMatchObject({ decision: 'DENY', rule: 'guard_error' })
})

test('observers that throw are counted and stop nobody', async () => {
  const p = project({
    onDecision: () => {
      throw new Error('the screen is gone')
    },
  })
  expect((await p.guard.check(command(p, 'npm test'))).decision).toBe('ALLOW')
  expect(p.guard.observerErrors()).toEqual({ count: 1, last: 'the screen is gone' })
})

test('decisions are told to the event bus', async () => {
  const root = makeProject()
  projects.push(root)
  const events = openEvents({ dir: join(root.dir, '.loki', 'events'), enabled: true, env: {} })
  const p = project({ projectDir: root.dir, events, audit: openAudit({ env: {} }) })
  const heard: LokiEvent[] = []
  const subscription = events.subscribe({ group: 'test', from: 'start' }, (event) => {
    heard.push(event)
  })
  await p.guard.check(command(root, 'rm -rf /'))
  await expect.poll(() => heard.length, { timeout: 5_000 }).toBe(1)
  expect(heard[0]).toMatchObject({
    type: 'command',
    source: 'hook',
    payload: { action: 'action.decided', decision: 'DENY' },
  })
  await subscription.close()
  await events.close()
})

test('starting an agent counts the one that would start', async () => {
  const p = project({
    policies: 'policies:\n  pre_execution:\n    - name: few\n      rule: "active_agents <= 2"\n      action: deny\n',
  })
  const spawn = command(p, '', { kind: 'agent', tool: 'Agent' })
  expect((await p.guard.check(spawn)).decision).toBe('ALLOW')
  expect((await p.guard.check(command(p, 'ls', { agent: 'sub-1' }))).decision).toBe('ALLOW')
  expect(await p.guard.check(spawn)).toMatchObject({ decision: 'DENY', rule: 'few' })
  p.guard.agentEnded('ses-1', 'sub-1')
  expect((await p.guard.check(spawn)).decision).toBe('ALLOW')
})

test('the start of the first agent counts that agent and not whoever starts it', async () => {
  const p = project({
    policies: 'policies:\n  pre_execution:\n    - name: one\n      rule: "active_agents <= 1"\n      action: deny\n',
  })
  const start = command(p, '', { kind: 'agent', tool: 'start', host: 'command' })
  expect((await p.guard.check(start)).decision).toBe('ALLOW')
  expect((await p.guard.check(command(p, 'ls'))).decision).toBe('ALLOW')
  expect((await p.guard.check(start)).decision).toBe('DENY')
})

test('a push is judged by the branch that is checked out', async () => {
  const p = project({ env: { HOME: '/nonexistent', SCOPE_DENIED_BRANCHES: 'main' } })
  expect((await p.guard.check(command(p, 'git push'))).decision).toBe('ALLOW')
  writeFileSync(join(p.dir, '.git', 'HEAD'), 'ref: refs/heads/main\n')
  expect((await p.guard.check(command(p, 'git push'))).decision).toBe('DENY')
  rmSync(join(p.dir, '.git'), { recursive: true })
  mkdirSync(join(p.dir, '.git'))
  expect((await p.guard.check(command(p, 'git push'))).decision).toBe('DENY')
})

test('the digest names what an action does and not who asks', () => {
  const where = { dir: '/p' }
  const one = command(where, 'npm test')
  expect(actionDigest(one)).toMatch(/^sha256:[0-9a-f]{64}$/)
  expect(actionDigest({ ...one, session: 'ses-2', agent: 'sub' })).toBe(actionDigest(one))
  for (const other of [
    { command: 'npm test ' },
    { cwd: '/p/a' },
    { kind: 'git' as const },
    { content: '' },
    { paths: [] },
    { tool: 'Shell' },
  ]) {
    expect(actionDigest({ ...one, ...other })).not.toBe(actionDigest(one))
  }
})

test('a deployment needs the gates that the session’s work has passed', async () => {
  const p = project({
    policies:
      'policies:\n  pre_deployment:\n    - name: gates\n      gates: [tests, security-scan]\n      action: deny\n',
  })
  const deploy = { ...command(p, 'ls'), kind: 'deploy' } as const
  expect(await p.guard.check(deploy)).toMatchObject({ decision: 'DENY', rule: 'gates' })
  p.guard.gatesPassed('ses-1', ['tests'])
  expect((await p.guard.check(deploy)).decision).toBe('DENY')
  p.guard.gatesPassed('ses-1', ['tests', 'security-scan'])
  expect((await p.guard.check(deploy)).decision).toBe('ALLOW')
  expect((await p.guard.check({ ...deploy, session: 'ses-2' })).decision).toBe('DENY')
})
