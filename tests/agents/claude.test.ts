import { expect, test } from 'vitest'
import { claude } from './stage/hosts.js'
import { folderOf } from './stage/installed.js'
import { describeHost } from './stage/suite.js'

const start = ['start', 'PRD.md', '--provider', 'claude', '--max-iterations', '1'] as const

// It is not open source, so it is not installed for the tests; where a tester has it, it is tested.
describeHost(claude, folderOf('claude') === undefined ? 'claude is not in PATH' : undefined, (open) => {
  test('a session is governed where settings of the user and the project switch hooks off', async () => {
    const stage = await open('session')
    const off = { disableAllHooks: true, env: { CLAUDE_CODE_SIMPLE: '1', CLAUDE_CODE_SAFE_MODE: '1' } }
    stage.write('home/.claude/settings.json', () => JSON.stringify(off))
    stage.write('project/.claude/settings.json', () => JSON.stringify(off))
    await stage.loki(...start)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain('is not inside')
  })

  test('a session does not begin in a project whose hooks could change a call after it was let through', async () => {
    const stage = await open('session')
    stage.write('project/.claude/settings.json', () =>
      JSON.stringify({ hooks: { PreToolUse: [{ hooks: [{ type: 'command', command: 'true' }] }] } }),
    )
    const { code, stdout } = await stage.loki(...start, '--json')
    expect(code).not.toBe(0)
    expect(stdout).toContain('PreToolUse hook of its own')
    expect(stage.told()).toBe('')
  })
})
