import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { answerHookCall } from '../src/index.js'
import type { Action, HookAnswer } from '../src/index.js'
import { makeProject } from './project.js'
import type { Project } from './project.js'

const FOLDER = join(import.meta.dirname, 'conformance')
const CWD = '/home/dev/project'
/** Fields of the action; for the event after a tool, with the fields of its audit record. */
type Expected = Partial<Action> & { readonly record?: Readonly<Record<string, unknown>> }
const EXPECTED = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as Record<string, Expected> // our own file
const HOSTS = ['claude', 'codex', 'gemini', 'copilot'] as const
const BEFORE = /^(PreToolUse|BeforeTool|preToolUse)\./
const AFTER = /^(PostToolUse|PostToolUseFailure|AfterTool|postToolUse|postToolUseFailure)\./
const PROMPT = /^(UserPromptSubmit|BeforeAgent|userPromptSubmitted)\./
const SILENCE: HookAnswer = { stdout: '', stderr: '', exitCode: 0 }

const permissive = makeProject()
const closed = makeProject({ policies: 'policies: [' }) // a file that does not load: everything is denied
afterAll(async () => {
  await permissive.remove()
  await closed.remove()
})

async function answer(host: string, input: string, project: Project, event?: string): Promise<HookAnswer> {
  project.seen.length = 0
  return answerHookCall({ host, event, input, cwd: CWD, env: {} }, () => project.guard)
}

/** Copilot CLI does not name the event; the file does, as the line in its settings would. */
function eventOf(host: string, file: string): string | undefined {
  return host === 'copilot' ? file.slice(0, file.indexOf('.')) : undefined
}

for (const host of HOSTS) {
  describe(`what ${host} really sent`, () => {
    for (const file of readdirSync(join(FOLDER, host))) {
      const input = readFileSync(join(FOLDER, host, file), 'utf8')
      const { record, ...action } = EXPECTED[`${host}/${file}`] ?? {}
      const event = eventOf(host, file)

      if (BEFORE.test(file)) {
        test(`${file} becomes the action that it is, and when allowed is answered with silence`, async () => {
          expect(await answer(host, input, permissive, event)).toEqual(SILENCE)
          expect(permissive.seen.map((seen) => seen.action)).toEqual([
            expect.objectContaining({ host, cwd: CWD, projectDir: CWD, ...action }),
          ])
          expect(action, 'listed in expected.json').toHaveProperty('kind')
        })

        test(`${file} is denied in words on which ${host} blocks`, async () => {
          const given = await answer(host, input, closed, event)
          expect(given).toMatchObject({ stderr: '', exitCode: 0 })
          expect(JSON.parse(given.stdout)).toEqual(denialOf(host))
        })
      } else if (AFTER.test(file)) {
        test(`${file} is recorded with its result and answered with silence`, async () => {
          expect(await answer(host, input, permissive, event)).toEqual(SILENCE)
          const last = (await permissive.entries()).at(-1)
          expect(record, 'listed in expected.json').toBeDefined()
          expect(last).toMatchObject({ what: 'action.finished', metadata: { host, kind: action.kind, ...record } })
        })
      } else if (PROMPT.test(file)) {
        test(`${file} holds nothing that is forbidden and is answered with silence, and no record`, async () => {
          const before = (await permissive.entries()).length
          expect(await answer(host, input, permissive, event)).toEqual(SILENCE)
          expect(await permissive.entries()).toHaveLength(before)
        })

        test(`${file} is refused where no policy can be asked, in words on which ${host} sends nothing`, async () => {
          const given = await answer(host, input, closed, event)
          expect(given).toMatchObject({ stderr: '', exitCode: 0 })
          expect(JSON.parse(given.stdout)).toEqual({
            decision: host === 'gemini' ? 'deny' : 'block',
            reason: expect.stringMatching(/^Loki: the prompt was not sent: .+/) as string,
          })
        })
      } else if (file !== 'ConfigChange.json') {
        test(`${file} asks for nothing and is answered with silence`, async () => {
          expect(await answer(host, input, closed, event)).toEqual(SILENCE)
          expect(closed.seen).toEqual([])
        })
      }
    }
  })
}

/** The whole answer: Codex takes one unknown key for an invalid answer, and lets the call run. */
function denialOf(host: string): unknown {
  const reason: unknown = expect.stringMatching(/^Denied by policy: .+/)
  if (host === 'gemini') return { decision: 'deny', reason }
  if (host === 'copilot') return { permissionDecision: 'deny', permissionDecisionReason: reason }
  return {
    hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: reason },
  }
}

describe('a question to a person', () => {
  const asking = makeProject({
    policies:
      'policies:\n  pre_execution:\n    - name: ask\n      rule: "file_path must start with project_dir"\n      action: require_approval\n',
  })
  afterAll(() => asking.remove())
  const write = (host: string, more: Record<string, unknown> = {}): string =>
    JSON.stringify({
      hook_event_name: host === 'gemini' ? 'BeforeTool' : 'PreToolUse',
      session_id: 's',
      cwd: CWD,
      tool_name: host === 'gemini' ? 'write_file' : 'Write',
      tool_input: { file_path: '/elsewhere/x', content: 'x' },
      ...more,
    })

  test('is put before the person by Claude Code in the modes in which it asks', async () => {
    const given = await answer('claude', write('claude', { permission_mode: 'default' }), asking)
    expect(JSON.parse(given.stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'ask' } })
  })
  test('is a denial where nobody would be asked', async () => {
    const bypass = await answer('claude', write('claude', { permission_mode: 'bypassPermissions' }), asking)
    expect(JSON.parse(bypass.stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } })
    const codex = await answer('codex', write('codex'), asking)
    expect(JSON.parse(codex.stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } })
    const gemini = await answer('gemini', write('gemini'), asking)
    expect(JSON.parse(gemini.stdout)).toMatchObject({ decision: 'deny' })
  })
  test('is put by Copilot CLI, which takes it for a denial where nobody is there', async () => {
    const input = JSON.stringify({ sessionId: 's', cwd: CWD, toolName: 'view', toolArgs: { path: '/elsewhere/x' } })
    const given = await answer('copilot', input, asking, 'preToolUse')
    expect(JSON.parse(given.stdout)).toMatchObject({ permissionDecision: 'ask' })
  })
})

test('a change of settings that takes the hooks away is refused in Claude Code', async () => {
  const input = readFileSync(join(FOLDER, 'claude', 'ConfigChange.json'), 'utf8')
  expect(JSON.parse((await answer('claude', input, permissive)).stdout)).toMatchObject({ decision: 'block' })
})

describe('input that is no event of the host', () => {
  const event = (host: string, fields: Record<string, unknown>): string =>
    JSON.stringify({ hook_event_name: host === 'gemini' ? 'BeforeTool' : 'PreToolUse', ...fields })
  const shell = (host: string): string => (host === 'gemini' ? 'run_shell_command' : 'Bash')
  const cases: [string, (host: string) => string][] = [
    ['nothing', () => ''],
    ['text', () => 'not json'],
    ['a list', () => '[]'],
    ['null', () => 'null'],
    ['no event name', () => '{}'],
    ['no tool input', (host) => event(host, { cwd: CWD, tool_name: shell(host) })],
    ['no command', (host) => event(host, { cwd: CWD, tool_name: shell(host), tool_input: {} })],
    [
      'a command that is no text',
      (host) => event(host, { cwd: CWD, tool_name: shell(host), tool_input: { command: { a: 1 } } }),
    ],
    ['no working folder', (host) => event(host, { tool_name: shell(host), tool_input: { command: 'ls' } })],
  ]
  for (const host of ['claude', 'codex', 'gemini']) {
    test.each(cases)(`from ${host}, %s, is refused with exit 2 and a reason`, async (_name, inputOf) => {
      const given = await answer(host, inputOf(host), permissive)
      expect(given).toMatchObject({ stdout: '', exitCode: 2 })
      expect(given.stderr).toMatch(/^Loki: .{10,}/)
      expect(permissive.seen).toEqual([])
    })
  }

  const copilotCases: [string, unknown][] = [
    ['nothing', ''],
    ['text', 'not json'],
    ['null', null],
    ['no tool', { cwd: CWD, toolArgs: {} }],
    ['no command', { cwd: CWD, toolName: 'bash', toolArgs: {} }],
    ['arguments that are no object', { cwd: CWD, toolName: 'bash', toolArgs: 7 }],
    ['a patch without a file', { cwd: CWD, toolName: 'apply_patch', toolArgs: '*** Begin Patch' }],
  ]
  test.each(copilotCases)(
    'from copilot, %s, is denied in JSON, because it loses the text of an exit 2',
    async (_, input) => {
      const given = await answer(
        'copilot',
        typeof input === 'string' ? input : JSON.stringify(input),
        permissive,
        'preToolUse',
      )
      expect(given).toMatchObject({ stderr: '', exitCode: 0 })
      expect(JSON.parse(given.stdout)).toEqual({
        permissionDecision: 'deny',
        permissionDecisionReason: expect.stringMatching(/^Loki: .{10,}/) as string,
      })
      expect(permissive.seen).toEqual([])
    },
  )
  test('from copilot, without the name of the event, is refused', async () => {
    expect(await answer('copilot', '{}', permissive)).toMatchObject({ exitCode: 2 })
  })
  test('with an event on the command line of a host that names it itself is refused', async () => {
    expect(await answer('claude', '{"hook_event_name":"Stop"}', permissive, 'Stop')).toMatchObject({ exitCode: 2 })
  })
  test('an apply_patch in which no file is named is refused', async () => {
    const patch = event('codex', {
      cwd: CWD,
      tool_name: 'apply_patch',
      tool_input: { command: '*** Begin Patch\n*** End Patch' },
    })
    expect(await answer('codex', patch, permissive)).toMatchObject({ exitCode: 2 })
  })
  test('an unknown host is refused with the names of the known ones', async () => {
    const given = await answer('vim', '{}', permissive)
    expect(given.exitCode).toBe(2)
    expect(given.stderr).toContain('claude, codex, gemini, opencode, copilot, cursor')
  })
})
