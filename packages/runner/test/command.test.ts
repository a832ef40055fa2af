import { chmodSync, existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PROTOCOL_VERSION } from '@loki/guard'
import { findProviders } from '../src/index.js'
import { makeProject, type TestProject } from './project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

describe('a provider that cannot be used is refused', () => {
  test('an unknown name is told the known ones', async () => {
    const started = project.start({ provider: 'claud' })
    await expect(started).rejects.toMatchObject({ code: 'UNKNOWN_PROVIDER' })
    await expect(started).rejects.toThrow('known are claude, codex, gemini, command, replay')
  })

  test('a missing CLI is told with the ones found', async () => {
    project.write('bin/gemini', '#!/bin/sh\n')
    const env = { PATH: project.path('bin') }
    await expect(project.start({ provider: 'codex', env })).rejects.toThrow(/codex was not found.*No other agent CLI/)
    chmodSync(project.path('bin/gemini'), 0o755)
    const started = project.start({ provider: 'codex', env })
    await expect(started).rejects.toMatchObject({ code: 'PROVIDER_MISSING' })
    await expect(started).rejects.toThrow(`Found: gemini (${project.path('bin/gemini')})`)
    expect(await findProviders(env)).toContainEqual({
      name: 'gemini',
      path: project.path('bin/gemini'),
      available: true,
    })
  })

  test('a missing program, and no program', async () => {
    await expect(project.start({ command: ['no-such-program'] })).rejects.toMatchObject({ code: 'PROVIDER_MISSING' })
    await expect(project.start({ command: [] })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(project.start({ maxIterations: 0 })).rejects.toMatchObject({ code: 'BAD_OPTION' })
    await expect(project.start({ projectDir: 'relative' })).rejects.toMatchObject({ code: 'BAD_PROJECT' })
  })
})

test('a program that policy denies is not started, and the session fails with the reason', async () => {
  const result = await project.start({ command: ['git', 'push', 'origin'], maxIterations: 1 })
  expect(result.status).toBe('failed')
  expect(result.reason).toContain('the program was not let start')
})

test('the program is told phase by phase what to do, on standard input and in its environment', async () => {
  const script = 'cat > prompt.$LOKI_PHASE; env | grep ^LOKI_ | sort > env.$LOKI_PHASE; echo "plan: $LOKI_TASK_ID"'
  project.write('agent.sh', script)
  const result = await project.start({ command: ['bash', 'agent.sh'], testCommand: 'test -n "$LOKI_SESSION_ID"' })
  expect(result).toMatchObject({ status: 'completed', tasks: [{ tests: 'passed' }] })
  expect(result).not.toHaveProperty('usage')
  const reason = project.read('prompt.REASON')
  expect(reason).toContain('Make the sum right')
  expect(reason).toContain('Change nothing yet')
  expect(project.read('prompt.ACT')).toContain('plan: t1')
  expect(project.read('prompt.REFLECT')).toContain('git diff')
  const env = project.read('env.ACT')
  expect(env).toContain(`LOKI_SESSION_ID=${result.id}\n`)
  expect(env).toContain(`LOKI_PROJECT_DIR=${project.dir}\n`)
  expect(env).toMatch(/^LOKI_GUARD_SOCKET=\/.{1,102}$/m)
  expect(env).toContain('LOKI_ITERATION=1\n')
  expect(existsSync(project.path('prompt.VERIFY'))).toBe(false)
})

test('a program that fails is tried again, with what it said, until the iterations end', async () => {
  const script = 'cat >> prompts; echo "cannot do it" >&2; exit 7'
  const result = await project.start({ command: ['bash', '-c', script], maxIterations: 2 })
  expect(result).toMatchObject({ status: 'failed', tasks: [{ status: 'failed', iterations: 2 }] })
  expect(result.reason).toContain('the provider failed in REASON: cannot do it')
  expect(project.read('prompts')).toContain('the provider failed in REASON: cannot do it')
})

test('a failed gate reaches the next iteration, which can then pass', async () => {
  const script =
    'cat > prompt; if [ $LOKI_ITERATION = 2 ] && [ $LOKI_PHASE = ACT ]; then touch fixed; cp prompt second; fi'
  const result = await project.start({
    command: ['bash', '-c', script],
    testCommand: 'if [ -e fixed ]; then exit 0; fi; echo "`expected` fixed"; exit 1',
  })
  expect(result).toMatchObject({ status: 'completed', tasks: [{ iterations: 2, tests: 'passed' }] })
  expect(project.read('second')).toContain('the tests ended with exit code 1')
  expect(project.read('second')).toContain('expected')
})

test('the first task that fails ends the session, and the rest stays to be done', async () => {
  project.write('PRD.md', '- [ ] one\n- [ ] two\n')
  const result = await project.start({ command: ['false'], maxIterations: 1 })
  expect(result.tasks.map((task) => task.status)).toEqual(['failed', 'pending'])
})

test('the hooks of an agent reach the guard of the session over its socket', async () => {
  const input = {
    session_id: 'own',
    cwd: project.dir,
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: 'git push' },
  }
  const request = { v: PROTOCOL_VERSION, kind: 'hook', host: 'claude', input: JSON.stringify(input), cwd: project.dir }
  project.write(
    'agent.mjs',
    `import { connect } from 'node:net'
import { appendFileSync } from 'node:fs'
const { LOKI_SESSION_ID, LOKI_PROJECT_DIR, LOKI_GUARD_SOCKET, LOKI_PHASE } = process.env
if (LOKI_PHASE !== 'ACT') process.exit(0)
const request = ${JSON.stringify(request)}
const socket = connect(LOKI_GUARD_SOCKET)
socket.write(JSON.stringify({ ...request, build: 'test', env: { LOKI_SESSION_ID, LOKI_PROJECT_DIR } }) + '\\n')
socket.setEncoding('utf8').on('data', (text) => {
  appendFileSync('answer.json', text)
  if (text.endsWith('\\n')) socket.destroy()
})
`,
  )
  const result = await project.start({ command: [process.execPath, 'agent.mjs'] })
  expect(result.status).toBe('completed')
  expect(project.read('answer.json')).toContain('permissionDecision')
  expect(project.decisions.find(({ action }) => action.host === 'claude')).toMatchObject({
    action: { session: result.id, command: 'git push' },
    verdict: { decision: 'DENY' },
  })
})

test('a callback that throws stops nobody', async () => {
  const onProgress = (): never => {
    throw new Error('a screen went away')
  }
  await expect(project.start({ onProgress })).resolves.toMatchObject({ status: 'completed' })
})

test('a session whose log cannot take its records does not go on', async () => {
  await project.audit.close()
  const result = await project.start({ command: ['touch', 'made'] })
  expect(result.status).toBe('failed')
  expect(existsSync(project.path('made'))).toBe(false)
})
