import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CONFIGURATION_KEYS, configurationFiles, readConfiguration } from '../src/index.js'
import { command, makeProject } from './project.js'
import type { Project } from './project.js'

describe('a configuration file', () => {
  let root: string
  let env: NodeJS.ProcessEnv
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-config-')))
    env = { HOME: join(root, 'home') }
  })
  afterEach(() => {
    rmSync(root, { recursive: true, force: true })
  })

  const write = (text: string, whose: 'project' | 'user' = 'project'): string => {
    const [project = '', user = ''] = configurationFiles(root, env)
    const file = whose === 'project' ? project : user
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }

  it.each([
    [
      'a key that there is not',
      'audit:\n  retentoin: 3\n',
      /:2: "audit\.retentoin" is no setting; expected one of .*dir/,
    ],
    ['a section that there is not', 'audits: {}\n', /:1: "audits" is no setting/],
    ['a section that is a text', 'audit: yes please\n', /:1: expected settings under "audit"/],
    [
      'a number where a boolean is expected',
      'audit:\n  checkpoints: 1\n',
      /expected "audit\.checkpoints" to be true or false/,
    ],
    [
      'an item that would be two',
      'scope:\n  denied_branches: ["main prod"]\n',
      /none of them empty or with a " " in it/,
    ],
    ['an empty item', 'policies:\n  allowed_paths: [""]\n', /a list of texts/],
    ['an alias', 'policies:\n  allowed_paths: &x [a]\n  blocked_commands: *x\n', /a list of texts/],
    ['a doubled key', 'audit: {}\naudit: {}\n', /unique/],
    ['no YAML', 'audit: [\n', /:\d+: /],
    ['a list at the root', '- audit\n', /expected sections/],
    ['more than 64 KiB', `#${'x'.repeat(70_000)}`, /more than 65536 bytes/],
  ])('with %s is refused with its line', (_, text, message) => {
    write(text)
    expect(() => readConfiguration(root, env)).toThrow(message)
  })

  it('that is a folder, or leads to a device, is refused', () => {
    const [project = '', user = ''] = configurationFiles(root, env)
    mkdirSync(project, { recursive: true })
    expect(() => readConfiguration(root, env)).toThrow(/found something else|EISDIR/)
    rmSync(project, { recursive: true })
    mkdirSync(dirname(user), { recursive: true })
    symlinkSync('/dev/zero', user)
    expect(() => readConfiguration(root, env)).toThrow(/found something else/)
  })

  it('stands for variables; the environment goes before it, and the project before the user', () => {
    const project = write('policies:\n  pack: strict\n  allowed_paths: [src, docs]\n')
    const user = write('policies:\n  pack: minimal\naudit:\n  checkpoints: true\n', 'user')
    const { values, env: configured } = readConfiguration(root, { ...env, LOKI_ALLOWED_PATHS: 'lib' })
    expect(configured).toMatchObject({
      LOKI_POLICY_PACK: 'strict',
      LOKI_ALLOWED_PATHS: 'lib',
      LOKI_AUDIT_CHECKPOINTS: 'true',
    })
    expect(values.get('LOKI_POLICY_PACK')).toEqual({ value: 'strict', file: project, line: 2 })
    expect(values.get('LOKI_AUDIT_CHECKPOINTS')).toEqual({ value: 'true', file: user, line: 4 })
  })

  it('counts a relative path from the project', () => {
    write('audit:\n  dir: evidence\n')
    expect(readConfiguration(root, env).env.LOKI_AUDIT_DIR).toBe(join(root, 'evidence'))
  })

  it('that is not there, or is empty, changes nothing', () => {
    expect(readConfiguration(root, env).env).toEqual(env)
    write('# nothing yet\n')
    expect(readConfiguration(root, env).env).toEqual(env)
  })

  it('has each key and each variable once', () => {
    for (const field of ['key', 'variable'] as const) {
      const all = CONFIGURATION_KEYS.map((one) => one[field])
      expect(new Set(all).size).toBe(all.length)
    }
  })
})

describe('a policy that changes while the guard runs', () => {
  let project: Project
  const good =
    'policies:\n  pre_execution:\n    - name: few\n      rule: active_agents <= 9\n      action: deny\npack: "off"\n'
  const file = (): string => join(project.dir, '.loki', 'policies.yaml')
  afterEach(() => project.remove())

  it('is refused with everything else where there was none before', async () => {
    project = makeProject({ policies: 'nonsense: 1\n' })
    const verdict = await project.guard.check(command(project, 'ls'))
    expect(verdict).toMatchObject({ decision: 'DENY', rule: 'loki_policy_problem' })
    expect(project.guard.degraded()).toBeUndefined()
  })

  it('leaves the last good one deciding when it cannot be used, and says so in verdict and record', async () => {
    project = makeProject({ policies: good })
    const push = command(project, 'git push --force origin main')
    const allowed = await project.guard.check(push)
    expect(allowed).toMatchObject({ decision: 'ALLOW' })
    expect(allowed.degraded).toBeUndefined()
    writeFileSync(file(), `${good}nonsense: 1\n`)
    const later = await project.guard.check(push)
    expect(later).toMatchObject({ decision: 'ALLOW', degraded: expect.stringMatching(/policies\.yaml:7/) as string })
    expect(project.guard.degraded()).toMatch(/nonsense/)
    expect((await project.entries()).at(-1)?.metadata).toMatchObject({
      degraded: expect.stringMatching(/nonsense/) as string,
    })
    writeFileSync(file(), good.replace('"off"', 'standard'))
    expect(await project.guard.check(push)).toMatchObject({ decision: 'DENY' })
    expect(project.guard.degraded()).toBeUndefined()
  })

  it('takes the configuration up, and denies while that cannot be read and nothing was good before', async () => {
    project = makeProject({ policies: good })
    const config = join(project.dir, '.loki', 'config.yaml')
    writeFileSync(config, 'policies:\n  pack: [\n')
    expect(await project.guard.check(command(project, 'ls'))).toMatchObject({
      decision: 'DENY',
      reason: expect.stringMatching(/config\.yaml:\d+/) as string,
    })
    writeFileSync(config, 'policies:\n  blocked_commands: [ls]\n')
    expect(await project.guard.check(command(project, 'ls'))).toMatchObject({
      decision: 'DENY',
      rule: expect.any(String) as string,
    })
    rmSync(config)
    expect(await project.guard.check(command(project, 'ls'))).toMatchObject({ decision: 'ALLOW' })
  })
})
