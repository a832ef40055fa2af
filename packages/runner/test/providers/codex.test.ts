import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codex } from '../../src/providers/codex.js'
import { runs } from '../project.js'
import { Stage } from './stub-cli.js'

const captured = readFileSync(new URL('fixtures/codex-run.jsonl', import.meta.url), 'utf8')
let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  stage.remove()
})

describe('codex is not started', () => {
  test('where it is not in PATH', async () => {
    expect(await codex.locate(stage.turn().env)).toBeUndefined()
    expect((await codex.run(stage.turn())).error).toContain('not found in PATH')
  })

  test.each([
    ['does not know our hooks', 'knows none'],
    ['would still not trust them when told to', 'trusts nothing'],
    ['cannot be asked', 'dies'],
  ] as const)('when it %s', async (_, codexHooks) => {
    stage.install('codex', { codexHooks, stdout: captured })
    const outcome = await codex.run(stage.turn())
    expect(outcome.exitCode).toBeNull()
    expect(outcome.error).toMatch(/hooks could not be set up/)
    expect(stage.calls()).toEqual([])
  })

  test('when the session was stopped before it began', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', stdout: captured })
    expect((await codex.run(stage.turn({ signal: AbortSignal.abort() }))).error).toContain('stopped')
    expect(stage.calls()).toEqual([])
  })
})

describe('a run of codex', () => {
  test('has its prompt on standard input only, its hooks and their trust on the command line, and no file of its own', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', stdout: captured })
    await codex.run(stage.turn({ prompt: '--dangerously-bypass-approvals-and-sandbox' }))
    const [call] = stage.calls()
    expect(call?.stdin).toBe('--dangerously-bypass-approvals-and-sandbox')
    expect(call?.args.at(-1)).toBe('-')
    expect(call?.args.join(' ')).not.toContain('bypass')
    expect(call?.args).toEqual(
      expect.arrayContaining(['--sandbox=workspace-write', 'web_search="disabled"', 'unified_exec_tty']),
    )
    const hook = call?.args.find((arg) => arg.startsWith('hooks.PreToolUse='))
    expect(hook).toContain(`'/opt/loki dir/node' /opt/loki/main.js hook codex`)
    expect(hook).toContain('"timeout" = 600')
    expect(call?.args.find((arg) => arg.startsWith('hooks.state='))).toContain('sha256:PreToolUse')
  })

  test('lets no setting of the surroundings lead its hooks elsewhere', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', stdout: captured })
    await codex.run(stage.turn())
    const env = stage.calls()[0]?.env
    expect(env).toMatchObject({ LOKI_GUARD_SOCKET: '/run/guard.sock', NODE_OPTIONS: '', BASH_ENV: '' })
    expect(env?.TMPDIR?.startsWith(stage.scratch)).toBe(true)
  })

  test('does not call hooks that were installed into files a second time, and leaves other people’s alone', async () => {
    const installed = { key: '/home/dev/.codex/hooks.json:pre_tool_use:0:0', eventName: 'preToolUse', source: 'user' }
    stage.install('codex', {
      codexHooks: 'trusts what it is told to',
      otherHooks: [
        { ...installed, command: 'loki hook codex # loki-hook' },
        { ...installed, key: 'theirs', command: 'check.sh' },
      ],
      stdout: captured,
    })
    await codex.run(stage.turn())
    const state = stage.calls()[0]?.args.find((arg) => arg.startsWith('hooks.state='))
    expect(state).toContain('"/home/dev/.codex/hooks.json:pre_tool_use:0:0" = {"enabled" = false}')
    expect(state).not.toContain('theirs')
  })

  test('leaves the calls of MCP servers to the guard where the user has not decided about them', async () => {
    stage.install('codex', {
      codexHooks: 'trusts what it is told to',
      mcpServers: { gov: {}, strict: { default_tools_approval_mode: 'prompt' }, 'odd name': {} },
      stdout: captured,
    })
    await codex.run(stage.turn())
    const settings = stage.calls()[0]?.args.filter((arg) => arg.startsWith('mcp_servers'))
    expect(settings).toEqual(['mcp_servers.gov.default_tools_approval_mode="approve"'])
  })

  test('is measured as Codex counts it: what came from the cache is not input', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', stdout: captured })
    const said: string[] = []
    const outcome = await codex.run(stage.turn({ onOutput: (text) => said.push(text) }))
    expect(outcome).toEqual({
      exitCode: 0,
      text: 'All done.',
      usage: { input: 1800, output: 122, cacheRead: 700, cacheWrite: 0, reasoning: 7 },
    })
    expect(said.join('')).toBe('cmd.\nAll done.\n')
  })

  test('that reports no usage is not measured, and says why it failed', async () => {
    stage.install('codex', {
      codexHooks: 'trusts what it is told to',
      stdout: 'warning: not JSON\n{"type":"turn.failed","error":{"message":"quota exceeded"}}',
      exitCode: 1,
    })
    expect(await codex.run(stage.turn())).toEqual({ exitCode: 1, text: '', error: 'codex reports: quota exceeded' })
  })

  test('that ends without a word gives the end of its standard error', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', stderr: 'Error: bad config\n', exitCode: 2 })
    expect((await codex.run(stage.turn())).error).toBe('codex ended with exit code 2: Error: bad config')
  })

  test('that is stopped leaves no process behind', async () => {
    stage.install('codex', { codexHooks: 'trusts what it is told to', hangs: true })
    const stop = new AbortController()
    const running = codex.run(stage.turn({ signal: stop.signal }))
    const child = await childOf(stage)
    stop.abort()
    const outcome = await running
    expect(outcome.error).toContain('stopped')
    expect(outcome.usage).toBeUndefined()
    await expect.poll(() => runs(child)).toBe(false)
  })
})

async function childOf(at: Stage): Promise<number> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    try {
      const pid = Number(at.read('child.pid'))
      if (pid > 0) return pid
    } catch {
      // not started yet
    }
    await sleep(20)
  }
  throw new Error('the stand-in did not start its child')
}
