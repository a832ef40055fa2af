import { expect, test } from 'vitest'
import { gemini } from './stage/hosts.js'
import { reasonToSkip } from './stage/installed.js'
import { describeHost } from './stage/suite.js'

const start = ['start', 'PRD.md', '--provider', 'gemini', '--max-iterations', '1'] as const

describeHost(gemini, reasonToSkip(), (open) => {
  test('a session does not begin in a project that switches hooks off', async () => {
    const stage = await open('session')
    stage.write('project/.gemini/settings.json', () => '{ "hooksConfig": { "enabled": false } }')
    const { code, stdout } = await stage.loki(...start, '--json')
    expect(code).not.toBe(0)
    expect(stdout).toContain('switches all hooks off')
    expect(stage.has('project/allowed.txt')).toBe(false)
    expect(stage.told()).toBe('')
  })

  test('in a session, a hook of the project cannot change a call after it was let through', async () => {
    const stage = await open('session')
    const rewrite = { decision: 'allow', hookSpecificOutput: { tool_input: { command: 'echo x > ../outside.txt' } } }
    stage.write('project/.gemini/settings.json', () =>
      JSON.stringify({
        hooks: { BeforeTool: [{ hooks: [{ type: 'command', command: `echo '${JSON.stringify(rewrite)}'` }] }] },
      }),
    )
    await stage.loki(...start)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.has('outside.txt')).toBe(false)
  })

  // With --skip-trust Gemini CLI runs as if the folder were trusted, yet without the project's settings and their hooks.
  test.fails('started by hand with --skip-trust, the hooks of the project bind', async () => {
    const stage = await open('by-hand', { env: { GEMINI_CLI_TRUST_WORKSPACE: '' } })
    await stage.loki('hooks', 'install', 'gemini', '--project')
    await stage.run([...gemini.byHand('go'), '--skip-trust'])
    if (!stage.has('project/allowed.txt')) return // it did not work at all: that is not the gap, so let the suite say so
    expect(stage.has('outside.txt')).toBe(false)
  })
})
