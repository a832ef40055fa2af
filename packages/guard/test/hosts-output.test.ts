import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { answerHookCall } from '../src/index.js'
import type { HookAnswer } from '../src/index.js'
import { makeProject } from './project.js'

const FOLDER = join(import.meta.dirname, 'conformance')
const CWD = '/home/dev/project'
const TOKEN = ['ghp', 'aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY1zA3'].join('_')
const MARK = /\[github[a-z_]*:[0-9a-f]{12}\]/

const project = makeProject()
const closed = makeProject({ policies: 'policies: [' })
afterAll(async () => {
  await project.remove()
  await closed.remove()
})

type Input = Record<string, unknown>

function captured(file: string, change: Input = {}): string {
  return JSON.stringify({ ...(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Input), ...change }) // captured
}

async function answer(host: string, input: string, event?: string, of = project): Promise<unknown> {
  const given: HookAnswer = await answerHookCall({ host, event, input, cwd: CWD, env: {} }, () => of.guard)
  expect(given).toMatchObject({ stderr: '', exitCode: 0 })
  expect(given.stdout).not.toContain(TOKEN)
  return given.stdout === '' ? undefined : JSON.parse(given.stdout)
}

describe('a secret in what a tool says is replaced, in the form in which the host takes it,', () => {
  test('by Claude Code: the whole result in its own shape', async () => {
    const shell = { stdout: `a ${TOKEN} b`, stderr: '', interrupted: false, isImage: false, noOutputExpected: false }
    expect(await answer('claude', captured('claude/PostToolUse.json', { tool_response: shell }))).toEqual({
      hookSpecificOutput: {
        hookEventName: 'PostToolUse',
        updatedToolOutput: { ...shell, stdout: expect.stringMatching(/^a \[github[^\]]+\] b$/) as string },
      },
    })
    const file = { filePath: '/x', content: `T=${TOKEN}\n`, numLines: 1, startLine: 1, totalLines: 1 }
    const read = captured('claude/PostToolUse.Read.json', { tool_response: { type: 'text', file } })
    expect(await answer('claude', read)).toMatchObject({
      hookSpecificOutput: {
        updatedToolOutput: { type: 'text', file: { ...file, content: expect.stringMatching(MARK) as string } },
      },
    })
    const mcp = captured('claude/PostToolUse.mcp__gov__echo.json', { tool_response: [{ type: 'text', text: TOKEN }] })
    expect(await answer('claude', mcp)).toMatchObject({
      hookSpecificOutput: { updatedToolOutput: [{ type: 'text', text: expect.stringMatching(MARK) as string }] },
    })
  })

  test('by Codex: a block whose reason is the text, and nothing else in the answer', async () => {
    const shell = captured('codex/PostToolUse.json', { tool_response: `a\n${TOKEN}\nb` })
    expect(await answer('codex', shell)).toEqual({
      decision: 'block',
      reason: expect.stringMatching(/^a\n\[github[^\]]+\]\nb$/) as string,
    })
    const mcp = captured('codex/PostToolUse.mcp__gov__echo.json', {
      tool_response: { content: [{ type: 'text', text: `x ${TOKEN}` }] },
    })
    expect(await answer('codex', mcp)).toEqual({
      decision: 'block',
      reason: expect.stringMatching(/^x \[github[^\]]+\]$/) as string,
    })
  })

  test('by Gemini CLI: a denial that says that the tool did not fail', async () => {
    const shell = { llmContent: `Output: ${TOKEN}`, returnDisplay: TOKEN }
    expect(await answer('gemini', captured('gemini/AfterTool.json', { tool_response: shell }))).toEqual({
      decision: 'deny',
      reason: expect.stringMatching(/^\[Loki redacted github[^\]]*did not fail\]\nOutput: \[github[^\]]+\]$/) as string,
    })
    const mcp = captured('gemini/AfterTool.mcp_gov_echo.json', { tool_response: { llmContent: [{ text: TOKEN }] } })
    expect(await answer('gemini', mcp)).toMatchObject({
      decision: 'deny',
      reason: expect.stringMatching(MARK) as string,
    })
  })

  test('by Copilot CLI: a modified result', async () => {
    const toolResult = { resultType: 'success', textResultForLlm: `${TOKEN}\n<shellId: 0 completed with exit code 0>` }
    expect(await answer('copilot', captured('copilot/postToolUse.json', { toolResult }), 'postToolUse')).toEqual({
      modifiedResult: { resultType: 'success', textResultForLlm: expect.stringMatching(MARK) as string },
    })
  })

  test('by opencode’s plugin: the result with which it replaces the tool’s', async () => {
    const input = JSON.stringify({
      hook_event_name: 'tool.execute.after',
      session_id: 's',
      cwd: CWD,
      tool_name: 'bash',
      tool_input: { command: 'env' },
      tool_response: { output: TOKEN },
    })
    expect(await answer('opencode', input)).toEqual({
      decision: 'replace',
      result: { output: expect.stringMatching(MARK) as string },
    })
  })

  test('by Cursor: the result of an MCP tool', async () => {
    const input = JSON.stringify({
      hook_event_name: 'postToolUse',
      conversation_id: 'c',
      workspace_roots: [CWD],
      tool_name: 'MCP:echo',
      tool_input: { text: 'x' },
      tool_output: JSON.stringify({ content: [{ type: 'text', text: TOKEN }] }),
    })
    expect(await answer('cursor', input)).toEqual({
      updated_mcp_tool_output: { content: [{ type: 'text', text: expect.stringMatching(MARK) as string }] },
    })
  })
})

test('what could not be checked is withheld, and Claude Code is given the shape that it takes', async () => {
  const shell = { stdout: 'private', stderr: '', interrupted: false, isImage: false, noOutputExpected: false }
  const said = await answer('claude', captured('claude/PostToolUse.json', { tool_response: shell }), undefined, closed)
  expect(said).toMatchObject({
    hookSpecificOutput: {
      updatedToolOutput: { ...shell, stdout: expect.stringMatching(/^\[Loki withheld this output: /) as string },
    },
  })
  const withheld = expect.stringMatching(/^\[Loki withheld this output: /) as string
  const codex = captured('codex/PostToolUse.json', { tool_response: 'private' })
  expect(await answer('codex', codex, undefined, closed)).toEqual({ decision: 'block', reason: withheld })
  const gemini = captured('gemini/AfterTool.json')
  expect(await answer('gemini', gemini, undefined, closed)).toEqual({ decision: 'deny', reason: withheld })
  expect(await answer('copilot', captured('copilot/postToolUse.view.json'), 'postToolUse', closed)).toEqual({
    modifiedResult: { resultType: 'success', textResultForLlm: withheld },
  })
})

test('a result that is nested too deeply to be looked through is refused', async () => {
  const deep = `${'['.repeat(200)}"x"${']'.repeat(200)}`
  const input = captured('codex/PostToolUse.json').replace(/"tool_response":""/, `"tool_response":${deep}`)
  const given = await answerHookCall({ host: 'codex', input, cwd: CWD, env: {} }, () => project.guard)
  expect(given).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nested too deeply') as string })
})

describe('a prompt that holds a secret is refused with its kind, never its value,', () => {
  const prompt = `deploy with ${TOKEN}`
  const said = expect.stringMatching(/^Loki: the prompt was not sent: it holds github/) as string
  test('in the words of each host', async () => {
    const claude = captured('claude/UserPromptSubmit.json', { prompt })
    expect(await answer('claude', claude)).toEqual({ decision: 'block', reason: said })
    const codex = captured('codex/UserPromptSubmit.json', { prompt })
    expect(await answer('codex', codex)).toEqual({ decision: 'block', reason: said })
    const gemini = captured('gemini/BeforeAgent.json', { prompt })
    expect(await answer('gemini', gemini)).toEqual({ decision: 'deny', reason: said })
    const copilot = captured('copilot/userPromptSubmitted.json', { prompt })
    expect(await answer('copilot', copilot, 'userPromptSubmitted')).toEqual({ decision: 'block', reason: said })
    const common = { conversation_id: 'c', session_id: 'c', cwd: CWD, prompt }
    const cursor = JSON.stringify({ ...common, hook_event_name: 'beforeSubmitPrompt' })
    expect(await answer('cursor', cursor)).toEqual({ continue: false, user_message: said })
    const opencode = JSON.stringify({ ...common, hook_event_name: 'chat.message' })
    expect(await answer('opencode', opencode)).toEqual({ decision: 'deny', reason: said })
  })

  test('and one that is no text is refused too', async () => {
    const input = captured('codex/UserPromptSubmit.json', { prompt: { text: prompt } })
    const given = await answerHookCall({ host: 'codex', input, cwd: CWD, env: {} }, () => project.guard)
    expect(given).toMatchObject({ exitCode: 2 })
  })
})
