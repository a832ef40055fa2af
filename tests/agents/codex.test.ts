import { expect, test } from 'vitest'
import { codex } from './stage/hosts.js'
import { reasonToSkip } from './stage/installed.js'
import { describeHost } from './stage/suite.js'

const start = ['start', 'PRD.md', '--provider', 'codex', '--max-iterations', '1'] as const

describeHost(codex, reasonToSkip(), (open) => {
  test('in a session there is no terminal into which the agent could type unseen', async () => {
    const stage = await open('terminal')
    await stage.loki(...start)
    expect(stage.told()).toContain('TTY execution is disabled')
    expect(stage.has('outside.txt')).toBe(false)
  })

  // Codex calls no hook for write_stdin. Its sandbox is the wall there; --disable unified_exec_tty closes the gap.
  test.fails('started by hand, what is typed into an open terminal is decided on', async () => {
    const stage = await open('terminal-by-hand')
    await stage.loki('hooks', 'install', 'codex', '--user')
    await stage.run(codex.byHand('go'))
    if (!stage.told().includes('Process running with session ID')) return // no terminal: not the gap, so let the suite say so
    expect(stage.has('outside.txt')).toBe(false)
  })

  test('a session is governed where the user’s configuration switches hooks off', async () => {
    const stage = await open('session')
    stage.write(
      'home/.codex/config.toml',
      () => `${stage.read('home/.codex/config.toml')}\n[features]\nhooks = false\n`,
    )
    await stage.loki(...start)
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain('is not inside')
  })
})
