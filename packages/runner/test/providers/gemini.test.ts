import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { gemini } from '../../src/providers/gemini.js'
import { Stage } from './stub-cli.js'

interface Group {
  readonly sequential?: boolean
  readonly hooks: readonly { readonly name?: string; readonly command: string }[]
}
interface Settings {
  readonly advanced?: object
  readonly theme?: string
  readonly hooksConfig: { readonly enabled: boolean; readonly disabled: readonly string[] }
  readonly hooks: Readonly<Record<string, readonly Group[]>>
}

const captured = readFileSync(new URL('fixtures/gemini-run.json', import.meta.url), 'utf8')
let stage: Stage
beforeEach(() => {
  stage = new Stage()
})
afterEach(() => {
  stage.remove()
})

describe('gemini is not started', () => {
  test('where it is not in PATH', async () => {
    expect((await gemini.run(stage.turn())).error).toContain('not found in PATH')
  })

  test.each([false, 'false', 0, '$OFF'])('where the project sets hooksConfig.enabled to %j', async (enabled) => {
    stage.install('gemini', { stdout: captured })
    stage.write('project/.gemini/settings.json', `// a comment\n${JSON.stringify({ hooksConfig: { enabled } })}`)
    expect((await gemini.run(stage.turn())).error).toContain('switches all hooks off')
    expect(stage.calls()).toEqual([])
  })

  test('where the settings of the system switch hooks off', async () => {
    stage.install('gemini', { stdout: captured })
    stage.write('system.json', { hooksConfig: { enabled: false } })
    const turn = stage.turn()
    const env = { ...turn.env, GEMINI_CLI_SYSTEM_SETTINGS_PATH: join(stage.root, 'system.json') }
    expect((await gemini.run({ ...turn, env })).error).toContain('system.json')
  })

  test('where settings cannot be read', async () => {
    stage.install('gemini', { stdout: captured })
    stage.write('home/.gemini/settings.json', '[]')
    expect((await gemini.run(stage.turn())).error).toContain('could not be set up')
    expect(stage.calls()).toEqual([])
  })

  test('again when the project’s settings were changed during the session', async () => {
    stage.install('gemini', { stdout: captured })
    expect((await gemini.run(stage.turn())).error).toBeUndefined()
    stage.write('project/.gemini/settings.json', {})
    expect((await gemini.run(stage.turn())).error).toContain('was changed while the session ran')
    expect(stage.calls()).toHaveLength(1)
  })
})

describe('a run of gemini', () => {
  test('lives in a home with the user’s own entries and settings, and our hooks after theirs', async () => {
    stage.install('gemini', { stdout: captured })
    stage.write('home/.gemini/oauth_creds.json', '{}')
    stage.write('home/.gemini/settings.json', {
      theme: 'Dracula',
      hooks: {
        BeforeTool: [
          { hooks: [{ command: 'theirs.sh' }] },
          { hooks: [{ name: 'loki', command: 'loki hook gemini # loki-hook' }] },
        ],
      },
    })
    await gemini.run(stage.turn({ prompt: '--sandbox=false' }))
    const [call] = stage.calls()
    expect(call?.stdin).toBe('--sandbox=false')
    expect(call?.args).toEqual(['--output-format=json', '--approval-mode=yolo'])
    const folder = join(call?.env.GEMINI_CLI_HOME ?? '', '.gemini')
    expect(folder.startsWith(stage.scratch)).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['oauth_creds.json', 'settings.json'])
    expect(lstatSync(join(folder, 'oauth_creds.json')).isSymbolicLink()).toBe(true)
    const { theme, hooks, hooksConfig } = settingsIn(folder)
    expect(theme).toBe('Dracula')
    expect(hooksConfig.enabled).toBe(true)
    expect(hooks.BeforeTool?.map(({ hooks: [hook] }) => hook?.command)).toEqual([
      'theirs.sh',
      expect.stringContaining(`'/opt/loki dir/node' /opt/loki/main.js hook gemini`),
    ])
    expect(hooks.BeforeTool?.[1]).toMatchObject({ sequential: true, hooks: [{ timeout: 600_000 }] })
    expect(hooks.AfterTool).toHaveLength(1)
  })

  test('switches the project’s hooks off by name, and gives ours a name that nobody can know', async () => {
    stage.install('gemini', { stdout: captured })
    stage.write('project/.gemini/settings.json', {
      hooksConfig: { disabled: ['loki'] },
      hooks: { BeforeTool: [{ hooks: [{ name: 'rewriter', command: 'a.sh' }, { command: 'b.sh' }] }] },
    })
    await gemini.run(stage.turn())
    await gemini.run(stage.turn())
    const [first, second] = stage.calls().map(({ env }) => settingsIn(join(env.GEMINI_CLI_HOME ?? '', '.gemini')))
    expect(first?.hooksConfig.disabled).toEqual(['rewriter', 'b.sh'])
    const names = [first, second].map((settings) => settings?.hooks.BeforeTool?.[0]?.hooks[0]?.name)
    expect(names[0]).toMatch(/^loki-[0-9a-f]{24}$/)
    expect(names[0]).not.toBe(names[1])
  })

  test('takes no variable from the project that could lead it or its hooks elsewhere', async () => {
    stage.install('gemini', { stdout: captured })
    await gemini.run(stage.turn())
    const env = stage.calls()[0]?.env
    expect(env).toMatchObject({
      GEMINI_CLI_TRUST_WORKSPACE: 'true',
      LOKI_GUARD_SOCKET: '/run/guard.sock',
      NODE_OPTIONS: '',
    })
    expect(env?.GEMINI_CLI_SYSTEM_SETTINGS_PATH).toContain('settings.json')
    expect(settingsIn(join(env?.GEMINI_CLI_HOME ?? '', '.gemini')).advanced).toEqual({ ignoreLocalEnv: true })
  })

  test('is measured over all models: what came from the cache is not input, thoughts are output', async () => {
    stage.install('gemini', { stdout: `Warning: {odd}\n${captured}` })
    expect(await gemini.run(stage.turn())).toEqual({
      exitCode: 0,
      text: 'Done: wrote out.txt.',
      usage: { input: 1500, output: 69, cacheRead: 700, reasoning: 7 },
      usageByModel: { 'gemini-2.5-pro': { input: 1500, output: 69, cacheRead: 700, reasoning: 7 } },
    })
  })

  test('that ends in an error gives its message, from wherever it was printed', async () => {
    const report = { session_id: 's', error: { type: 'ApiError', message: 'no quota', code: 1 } }
    stage.install('gemini', { stderr: `Warning\n${JSON.stringify(report, null, 2)}\n`, exitCode: 1 })
    expect(await gemini.run(stage.turn())).toEqual({ exitCode: 1, text: '', error: 'gemini reports: no quota' })
  })
})

function settingsIn(folder: string): Settings {
  return JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as Settings // written by the provider
}
