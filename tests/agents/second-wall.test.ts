import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { codex, gemini, type Host } from './stage/hosts.js'
import { announceSkip, reasonToSkip } from './stage/installed.js'
import { Stage } from './stage/stage.js'

const skip = reasonToSkip()
if (skip !== undefined) announceSkip('compiled policies in the agent CLIs', skip)

// What the scripted agents do first is left alone, what they do second is denied. No hook is installed.
const policyAgainst = (command: string): string =>
  `pack: "off"\npolicies:\n  pre_execution:\n    - { name: no-x, command: ${command}, action: deny }\n`

describe.skipIf(skip !== undefined)('a compiled policy, without any hook,', () => {
  const stages: Stage[] = []
  afterEach(async () => {
    await Promise.all(stages.splice(0).map((stage) => stage.close()))
  })

  const compiled = async (host: Host, script: string, policy: string): Promise<Stage> => {
    const stage = new Stage({ host, script })
    stages.push(stage)
    await stage.open()
    stage.write('project/.loki/policies.yaml', () => policy)
    expect(await stage.loki('policy', 'compile', host.name, '--out', '../wall')).toMatchObject({ code: 0 })
    expect((await stage.loki('policy', 'compile', host.name, '--out', '../wall', '--check')).code).toBe(0)
    return stage
  }

  test('holds in Gemini CLI', async () => {
    const stage = await compiled(gemini, 'gemini-by-hand.json', policyAgainst('echo x'))
    await stage.run([...gemini.byHand('go'), '--admin-policy', join(stage.root, 'wall', 'loki.toml')])
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain('no-x')
  })

  // Codex' rules see words only: a command line with a redirection in it is none of theirs, and runs.
  test('holds in Codex', async () => {
    const stage = await compiled(codex, 'codex-second-wall.json', policyAgainst('touch ../outside.txt'))
    const check = ['codex', 'execpolicy', 'check', '--rules', join(stage.root, 'wall', 'loki.rules')]
    expect((await stage.run([...check, 'touch', '../outside.txt'])).stdout).toContain('"decision":"forbidden"')
    expect((await stage.run([...check, 'touch', 'allowed.txt'])).stdout).not.toContain('forbidden')
    mkdirSync(join(stage.root, 'home/.codex/rules'), { recursive: true })
    cpSync(join(stage.root, 'wall', 'loki.rules'), join(stage.root, 'home/.codex/rules/loki.rules'))
    await stage.run(codex.byHand('go'))
    expect(stage.has('project/allowed.txt')).toBe(true)
    expect(stage.has('outside.txt')).toBe(false)
    expect(stage.told()).toContain('no-x')
  })
})
