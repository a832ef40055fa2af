import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSession, type SessionResult } from '../src/index.js'
import { makeProject, type TestProject } from './project.js'

const sum = 'export const sum = (a, b) => a - b\n'
const sumTest = `import test from 'node:test'
import assert from 'node:assert/strict'
import { sum } from './sum.js'

test('adds', () => { assert.equal(sum(2, 3), 5) })
`

let project: TestProject

beforeEach(() => {
  project = makeProject({
    'package.json': '{ "type": "module", "scripts": { "test": "node --test" } }\n',
    'sum.js': sum,
    'sum.test.js': sumTest,
  })
})

afterEach(async () => {
  await project.remove()
})

function replay(turns: readonly unknown[], options: Parameters<TestProject['start']>[0] = {}): Promise<SessionResult> {
  project.write('agent.json', JSON.stringify({ version: 1, name: 'test', description: 'A test.', turns }))
  return project.start({ provider: 'replay', replayFile: project.path('agent.json'), ...options })
}

const act = (...steps: unknown[]): unknown => ({ phase: 'ACT', steps })
const bash = (command: string, more: object = {}): unknown => ({ tool: 'Bash', input: { command }, ...more })

describe('a file that is no recorded agent is refused with the place in it', () => {
  const step = (value: unknown): unknown => ({ version: 1, name: 'x', turns: [{ phase: 'ACT', steps: [value] }] })
  test.each<[string, unknown, string]>([
    ['no object', [], 'the file must be an object'],
    ['another version', { version: 2, name: 'x', turns: [] }, 'version must be 1, got 2'],
    ['no name', { version: 1, turns: [] }, 'name must be a text'],
    ['an unknown field', { version: 1, name: 'x', turns: [], extra: 1 }, 'unknown field "extra"'],
    [
      'a VERIFY turn',
      { version: 1, name: 'x', turns: [{ phase: 'VERIFY', steps: [] }] },
      'turns[0].phase must be one of',
    ],
    ['a task by name', { version: 1, name: 'x', turns: [{ task: 'one', phase: 'ACT', steps: [] }] }, 'turns[0].task'],
    ['an empty step', step({}), 'turns[0].steps[0] must hold "say"'],
    ['an unknown tool', step({ tool: 'Fly', input: {} }), 'turns[0].steps[0].tool must be one of'],
    ['an empty command', step({ tool: 'Bash', input: { command: '' } }), 'input.command must not be empty'],
    [
      'an unknown expectation',
      step({ tool: 'Read', input: { file_path: 'a' }, expect: 'MAYBE' }),
      '.expect must be one',
    ],
    [
      'two turns for one phase',
      { version: 1, name: 'x', turns: [act(), act()] },
      'turns[1] is for the same phase as turns[0]',
    ],
  ])('%s', async (_name, content, message) => {
    project.write('agent.json', JSON.stringify(content))
    const started = project.start({ provider: 'replay', replayFile: project.path('agent.json') })
    await expect(started).rejects.toMatchObject({ code: 'BAD_REPLAY' })
    await expect(started).rejects.toThrow(message)
  })

  test('text that is not JSON, and a missing file', async () => {
    project.write('agent.json', '{')
    await expect(project.start({ provider: 'replay', replayFile: project.path('agent.json') })).rejects.toThrow(
      /not JSON/,
    )
    await expect(project.start({ provider: 'replay', replayFile: project.path('none') })).rejects.toThrow(/ENOENT/)
    await expect(project.start({ provider: 'replay' })).rejects.toMatchObject({ code: 'BAD_OPTION' })
  })
})

test('a recorded agent makes the tests pass, and what it is denied has no effect', async () => {
  const outside = `${project.dir}-outside.txt`
  execFileSync('git', ['-C', project.dir, 'remote', 'add', 'origin', project.path('nowhere.git')])
  const result = await replay([
    {
      task: 't1',
      phase: 'REASON',
      steps: [{ say: 'I read first.' }, { tool: 'Read', input: { file_path: 'sum.js' } }],
    },
    act(
      bash(`r""m -r\\f "$PWD"`, { expect: 'DENY' }),
      { tool: 'Write', input: { file_path: outside, content: 'no' }, expect: 'DENY' },
      bash('git push origin HEAD:main', { expect: 'DENY' }),
      { tool: 'Edit', input: { file_path: 'sum.js', old_string: 'a - b', new_string: 'a + b' }, expect: 'ALLOW' },
      { tool: 'Write', input: { file_path: 'docs/sum.md', content: '# sum\n' } },
      bash('echo from bash > made.txt'),
    ),
    { task: 0, phase: 'REFLECT', steps: [bash('cat sum.js')] },
  ])

  expect(result.reason).toBeUndefined()
  expect(result).toMatchObject({ status: 'completed', tasks: [{ id: 't1', status: 'completed', tests: 'passed' }] })
  expect(project.read('sum.js')).toContain('a + b')
  expect(project.read('docs/sum.md')).toBe('# sum\n')
  expect(project.read('made.txt')).toBe('from bash\n')
  expect(existsSync(outside)).toBe(false)

  const output = project.progress.flatMap((step) => (step.kind === 'output' ? [step.text] : [])).join('')
  expect(output).toContain('I read first.\n')
  expect(output).toContain('a - b')
  expect(output).toContain('Denied by policy')

  const entries = await project.entries()
  const whats = entries.map((entry) => entry.what)
  expect(whats.filter((what) => what === 'action.decided')).toHaveLength(9)
  expect(whats.filter((what) => what === 'action.finished')).toHaveLength(6)
  expect(whats.filter((what) => !what.startsWith('action.') && !what.startsWith('phase.'))).toEqual([
    'session.started',
    'task.started',
    'gate.passed',
    'gate.passed',
    'task.finished',
    'session.finished',
  ])
  await expect(project.audit.verifyChain()).resolves.toMatchObject({ valid: true })
  expect(readSession(project.dir, result.id)).toMatchObject({ status: 'completed', live: false, provider: 'replay' })
})

test('work that does not pass its tests is tried again with what they said, and fails when its iterations end', async () => {
  const result = await replay([act({ say: 'once' }), { phase: 'ACT', iteration: 2, steps: [{ say: 'twice' }] }], {
    maxIterations: 2,
    testCommand: 'echo "the sum is 4"; exit 3',
  })
  expect(result).toMatchObject({ status: 'failed', tasks: [{ status: 'failed', iterations: 2, tests: 'failed' }] })
  expect(result.reason).toContain('exit code 3')
  const gates = project.progress.filter((step) => step.kind === 'gate' && step.gate === 'tests')
  expect(gates).toMatchObject([
    { outcome: 'failed', output: 'the sum is 4\n' },
    { outcome: 'failed', output: 'the sum is 4\n' },
  ])
  const said = project.progress.flatMap((step) => (step.kind === 'output' ? [step.text] : []))
  expect(said).toEqual(['once\n', 'twice\n'])
})

test('an allowed action that the recording expects to be denied is not made, and fails the session', async () => {
  const result = await replay([act(bash('touch made.txt', { expect: 'DENY' }))], { testCommand: 'true' })
  expect(result.status).toBe('failed')
  expect(result.reason).toContain('the recording expects DENY for Bash "touch made.txt", the guard said ALLOW')
  expect(existsSync(project.path('made.txt'))).toBe(false)
})

test('a refusal ends the turn or fails it where the recording says so', async () => {
  const push = (rule: string): unknown => bash('git push origin main', { on_refusal: rule })
  await expect(replay([act(push('end_turn'), bash('touch made.txt'))], { testCommand: 'true' })).resolves.toMatchObject(
    {
      status: 'completed',
    },
  )
  expect(existsSync(project.path('made.txt'))).toBe(false)
  await expect(replay([act(push('fail'))], { testCommand: 'true' })).resolves.toMatchObject({ status: 'failed' })
})

test('a command is ended at its time limit, and an edit that does not fit changes nothing', async () => {
  const result = await replay(
    [
      act(
        { tool: 'Bash', input: { command: 'sleep 30', timeout: 200 } },
        { tool: 'Edit', input: { file_path: 'sum.js', old_string: 'a', new_string: 'y' } },
        { tool: 'Edit', input: { file_path: 'sum.js', old_string: 'a * b', new_string: 'y' } },
      ),
    ],
    { testCommand: 'true' },
  )
  expect(result.status).toBe('completed')
  expect(project.read('sum.js')).toBe(sum)
  const output = project.progress.flatMap((step) => (step.kind === 'output' ? [step.text] : [])).join('')
  expect(output).toContain('[took longer than 200 ms]')
  expect(output).toContain('sum.js holds the text that is to be replaced 2 times')
  expect(output).toContain('does not hold the text')
})

test('the tests are under the guard too: a test command that policy denies fails the gate', async () => {
  const result = await replay([], { testCommand: 'git push origin main', maxIterations: 1 })
  expect(result.status).toBe('failed')
  expect(result.reason).toContain('the tests were not let run')
})

test('a session with one agent stays within a limit of one agent, its tests too', async () => {
  project.write(
    '.loki/policies.yaml',
    'policies:\n  pre_execution:\n    - name: alone\n      rule: active_agents <= 1\n      action: deny\n',
  )
  const result = await replay([act(bash('touch made.txt', { expect: 'ALLOW' }))], { testCommand: 'test -e made.txt' })
  expect(result.reason).toBeUndefined()
  expect(result.status).toBe('completed')
})
