import { afterAll, describe, expect, test } from 'vitest'
import { answerHookCall } from '../src/index.js'
import { makeProject } from './project.js'

// From Cursor's reference of hooks: no exchange of a real run is at hand.
const CWD = '/home/dev/project'
const BASE = {
  conversation_id: 'conv-1',
  generation_id: 'gen-1',
  model: 'default',
  cursor_version: '3.9.16',
  workspace_roots: [CWD],
  user_email: null,
  transcript_path: null,
}
const ALLOW = { permission: 'allow' }

const project = makeProject()
const asking = makeProject({
  policies:
    'policies:\n  pre_execution:\n    - name: ask\n      rule: "file_path must start with project_dir"\n      action: require_approval\n',
})
afterAll(async () => {
  await project.remove()
  await asking.remove()
})

async function answer(event: string, fields: Record<string, unknown>, of = project): Promise<unknown> {
  of.seen.length = 0
  const input = JSON.stringify({ ...BASE, hook_event_name: event, ...fields })
  const given = await answerHookCall({ host: 'cursor', input, cwd: '/', env: {} }, () => of.guard)
  expect(given).toMatchObject({ stderr: '', exitCode: 0 })
  return given.stdout === '' ? undefined : JSON.parse(given.stdout)
}

describe('what Cursor asks about becomes the action that it is, and "allow" is said aloud, because silence would be a failure', () => {
  test.each([
    ['beforeShellExecution', { command: 'ls', cwd: CWD }, { kind: 'command', command: 'ls', tool: 'Shell' }],
    [
      'beforeMCPExecution',
      { tool_name: 'echo', tool_input: '{"text":"x"}', command: 'node server.mjs' },
      { kind: 'mcp_tool', server: { name: 'node server.mjs', source: 'node server.mjs' }, content: '{"text":"x"}' },
    ],
    [
      'beforeReadFile',
      { file_path: `${CWD}/a`, content: 'x', attachments: [{ type: 'rule', file_path: `${CWD}/.cursorrules` }] },
      { kind: 'file_read', paths: [`${CWD}/a`, `${CWD}/.cursorrules`], content: 'x' },
    ],
    [
      'preToolUse',
      { tool_name: 'Write', tool_input: { file_path: `${CWD}/a`, content: 'x' }, cwd: '' },
      { kind: 'file_write', paths: [`${CWD}/a`], content: 'x', cwd: CWD },
    ],
    ['preToolUse', { tool_name: 'Delete', tool_input: { file_path: `${CWD}/a` } }, { kind: 'file_write' }],
    ['preToolUse', { tool_name: 'Grep', tool_input: { pattern: 'x', file_path: CWD } }, { kind: 'file_read' }],
    ['preToolUse', { tool_name: 'Task', tool_input: { prompt: 'x' } }, { kind: 'agent' }],
  ])('%s %j', async (event, fields, action) => {
    expect(await answer(event, fields)).toEqual(ALLOW)
    expect(project.seen.map((seen) => seen.action)).toEqual([
      expect.objectContaining({ host: 'cursor', session: 'cursor-conv-1', projectDir: CWD, ...action }),
    ])
  })

  test.each(['Shell', 'Read', 'MCP:echo'])('the call of %s is decided on in its own event, not twice', async (tool) => {
    expect(await answer('preToolUse', { tool_name: tool, tool_input: {} })).toEqual(ALLOW)
    expect(project.seen).toEqual([])
  })

  test('a prompt without findings is let through', async () => {
    expect(await answer('beforeSubmitPrompt', { prompt: 'hello', attachments: [] })).toEqual({ continue: true })
  })
})

test('a denial says the same to the person and the model', async () => {
  const said = expect.stringMatching(/^Denied by policy: /) as string
  const denied = { permission: 'deny', user_message: said, agent_message: said }
  expect(await answer('beforeShellExecution', { command: 'loki-canary', cwd: CWD })).toEqual(denied)
  const write = { tool_name: 'Write', tool_input: { file_path: `${CWD}/.loki/policies.yaml`, content: '' } }
  expect(await answer('preToolUse', write)).toEqual(denied)
})

test('a file that holds a secret is not read: its text cannot be changed', async () => {
  const content = `TOKEN=${['ghp', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA3'].join('_')}`
  expect(await answer('beforeReadFile', { file_path: `${CWD}/a`, content })).toMatchObject({ permission: 'deny' })
})

test('a question is put only where Cursor puts it before a person', async () => {
  const shell = await answer('beforeShellExecution', { command: 'echo x > /elsewhere/x', cwd: CWD }, asking)
  expect(shell).toMatchObject({ permission: 'ask' })
  const read = await answer('beforeReadFile', { file_path: '/elsewhere/x', content: 'x' }, asking)
  expect(read).toMatchObject({ permission: 'deny' })
})

test('the end of a call is recorded', async () => {
  const fields = { tool_name: 'Shell', tool_input: { command: 'ls' }, duration: 728.2 }
  expect(await answer('postToolUse', { ...fields, tool_output: '{"output":"a\\n","exitCode":1}' })).toBeUndefined()
  expect((await project.entries()).at(-1)).toMatchObject({
    what: 'action.finished',
    metadata: { ok: false, exit_code: 1, duration_ms: 728.2 },
  })
  expect(await answer('postToolUseFailure', { ...fields, error_message: 'denied' })).toBeUndefined()
  expect((await project.entries()).at(-1)).toMatchObject({ metadata: { ok: false } })
})

test.each([
  ['nothing', ''],
  ['text', 'not json'],
  ['no event name', '{}'],
  ['no command', JSON.stringify({ ...BASE, hook_event_name: 'beforeShellExecution' })],
  ['no tool', JSON.stringify({ ...BASE, hook_event_name: 'preToolUse' })],
  [
    'arguments that are no JSON',
    JSON.stringify({ ...BASE, hook_event_name: 'beforeMCPExecution', tool_name: 'x', tool_input: '{' }),
  ],
  ['a prompt that is no text', JSON.stringify({ ...BASE, hook_event_name: 'beforeSubmitPrompt', prompt: 7 })],
])('%s is refused in a form that every event reads', async (_, input) => {
  project.seen.length = 0
  const given = await answerHookCall({ host: 'cursor', input, cwd: CWD, env: {} }, () => project.guard)
  expect(JSON.parse(given.stdout)).toMatchObject({ permission: 'deny', continue: false })
  expect(project.seen).toEqual([])
})
