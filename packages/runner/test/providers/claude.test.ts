import { readFileSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { claude } from '../../src/providers/claude.js'
import type { StubCall } from './stub-cli.js'
import { Stage } from './stub-cli.js'

interface Settings {
  readonly disableAllHooks: boolean
  readonly env: Readonly<Record<string, string>>
  readonly hooks: Readonly<Record<string, readonly { matcher?: string; hooks: readonly { command: string }[] }[]>>
}

const captured = readFileSync(new URL('fixtures/claude-run.jsonl', import.meta.url), 'utf8')
let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  stage.remove()
})

describe('claude is not started', () => {
  test('where it is not in PATH', async () => {
    expect((await claude.run(stage.turn())).error).toContain('not found in PATH')
  })

  test.each(['PreToolUse', 'PermissionRequest'])(
    'where the project has a %s hook that could rewrite a call',
    async (event) => {
      stage.install('claude', { stdout: captured })
      stage.write('project/.claude/settings.local.json', {
        hooks: { [event]: [{ hooks: [{ command: 'rewrite.sh' }] }] },
      })
      const { error } = await claude.run(stage.turn())
      expect(error).toContain('settings.local.json')
      expect(error).toContain('rewrite.sh')
      expect(stage.calls()).toEqual([])
    },
  )

  test('where the project’s settings cannot be read', async () => {
    stage.install('claude', { stdout: captured })
    stage.write('project/.claude/settings.json', '{ "hooks": ')
    expect((await claude.run(stage.turn())).error).toContain('could not be set up')
    expect(stage.calls()).toEqual([])
  })

  test('again when the project’s settings were changed during the session', async () => {
    stage.install('claude', { stdout: captured })
    expect((await claude.run(stage.turn())).error).toBeUndefined()
    stage.write('project/.mcp.json', { mcpServers: { mine: { command: 'sh' } } })
    expect((await claude.run(stage.turn())).error).toContain('.mcp.json was changed while the session ran')
    expect(stage.calls()).toHaveLength(1)
    expect((await claude.run(stage.turn({ session: 'another' }))).error).toBeUndefined()
  })
})

describe('a run of claude', () => {
  test('has its prompt on standard input and its hooks in a private file above all other settings', async () => {
    stage.install('claude', { stdout: captured })
    await claude.run(stage.turn({ prompt: '--dangerously-skip-permissions' }))
    const call = onlyCall()
    expect(call.stdin).toBe('--dangerously-skip-permissions')
    expect(call.args.join(' ')).not.toContain('dangerously')
    expect(call.args).toContain('--permission-mode=default')
    const file = settingsFile(call)
    expect(file.startsWith(stage.scratch)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const { hooks, disableAllHooks } = settingsOf(call)
    expect(disableAllHooks).toBe(false)
    expect(hooks.PreToolUse?.[0]).toMatchObject({ matcher: '*', hooks: [{ timeout: 600, onFailure: 'block' }] })
    expect(hooks.PreToolUse?.[0]?.hooks[0]?.command).toContain(`'/opt/loki dir/node' /opt/loki/main.js hook claude`)
    expect(Object.keys(hooks)).toEqual(expect.arrayContaining(['PostToolUse', 'PostToolUseFailure', 'ConfigChange']))
  })

  test('keeps the switches that skip all hooks off, wherever they are set', async () => {
    stage.install('claude', { stdout: captured })
    const turn = stage.turn()
    await claude.run({
      ...turn,
      env: { ...turn.env, CLAUDE_CODE_SIMPLE: '1', CLAUDE_CODE_SAFE_MODE: '1', CLAUDECODE: '1' },
    })
    const call = onlyCall()
    expect(call.env).not.toHaveProperty('CLAUDE_CODE_SIMPLE')
    expect(call.env).not.toHaveProperty('CLAUDE_CODE_SAFE_MODE')
    expect(call.env).not.toHaveProperty('CLAUDECODE')
    expect(settingsOf(call).env).toMatchObject({ CLAUDE_CODE_SIMPLE: '0', CLAUDE_CODE_SAFE_MODE: '0' })
    expect(settingsOf(call).env).toMatchObject({ LOKI_GUARD_SOCKET: '/run/guard.sock', NODE_OPTIONS: '' })
  })

  test('accepts hooks that the same Loki installed into the project', async () => {
    stage.install('claude', { stdout: captured })
    await claude.run(stage.turn())
    const { hooks } = settingsOf(onlyCall())
    stage.write('project/.claude/settings.json', { hooks: { PreToolUse: hooks.PreToolUse } })
    expect((await claude.run(stage.turn({ session: 'installed' }))).error).toBeUndefined()
  })

  test('is measured over all models of the run, at the price that Claude Code names', async () => {
    stage.install('claude', { stdout: captured })
    const said: string[] = []
    const outcome = await claude.run(stage.turn({ onOutput: (text) => said.push(text) }))
    expect(outcome).toEqual({
      exitCode: 0,
      text: 'Done: wrote out.txt.',
      usage: { input: 2200, output: 62, cacheRead: 700, cacheWrite: 300 },
      costUsd: 0.01168,
    })
    expect(said.join('')).toBe('I will run a command.\nDone: wrote out.txt.\n')
  })

  test('that ends in an error says so, and what was not measured is absent', async () => {
    const result = { type: 'result', subtype: 'error_during_execution', is_error: true, errors: ['overloaded'] }
    stage.install('claude', { stdout: JSON.stringify(result), exitCode: 1 })
    expect(await claude.run(stage.turn())).toEqual({ exitCode: 1, text: '', error: 'claude reports: overloaded' })
  })
})

function onlyCall(): StubCall {
  const [call] = stage.calls()
  if (call === undefined) throw new Error('claude was not called')
  return call
}

function settingsFile(call: StubCall): string {
  return call.args.find((arg) => arg.startsWith('--settings='))?.slice('--settings='.length) ?? ''
}

function settingsOf(call: StubCall): Settings {
  return JSON.parse(readFileSync(settingsFile(call), 'utf8')) as Settings // written by the provider
}
