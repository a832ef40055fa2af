import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Policies, PolicyOptions } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()

interface Files {
  readonly organisation?: string
  readonly project?: string
  readonly session?: string
}

function open(files: Files, options: Partial<PolicyOptions> = {}): Policies {
  const write = (name: string, text: string | undefined): string | undefined =>
    text === undefined ? undefined : project.write(`${name}.yaml`, text)
  const [organisationFile, file, sessionFile] = [
    write('organisation', files.organisation),
    write('project', files.project ?? 'pre_execution: []\n'),
    write('session', files.session),
  ]
  return project.open({
    env: { HOME: project.home },
    ...(organisationFile === undefined ? {} : { organisationFile }),
    ...(file === undefined ? {} : { file }),
    ...(sessionFile === undefined ? {} : { sessionFile }),
    ...options,
  })
}

const rule = (fields: string): string => `pre_execution:\n  - {name: Deploys, command: deploy, ${fields}}\n`
const decide = (policies: Policies, command = 'deploy'): string => policies.decide(project.input({ command })).decision

describe('a file that is named', () => {
  it.each(['LOKI_POLICY_FILE', 'LOKI_SESSION_POLICY_FILE'])('by %s and is not there denies everything', (name) => {
    const path = join(project.dir, 'none.yaml')
    const policies = project.open({ env: { HOME: project.home, [name]: path } })
    expect(policies.problems).toMatchObject([{ code: 'unreadable', file: path }])
    expect(decide(policies, 'ls')).toBe('DENY')
    expect(policies.files).toContain(path)
  })

  it.each(['LOKI_POLICY_FILE', 'LOKI_SESSION_POLICY_FILE'])('by %s has an absolute path', (name) => {
    const policies = project.open({ env: { HOME: project.home, [name]: 'policies.yaml' } })
    expect(policies.problems).toMatchObject([{ code: 'invalid_variable', file: name }])
    expect(decide(policies, 'ls')).toBe('DENY')
  })

  it('by a variable turns policies on, and a blank one names none', () => {
    const path = project.write('organisation.yaml', rule('action: deny'))
    const env = { HOME: project.home, LOKI_POLICY_FILE: path, LOKI_SESSION_POLICY_FILE: ' ' }
    const policies = project.open({ env })
    expect(policies).toMatchObject({ enabled: true, problems: [] })
    expect(policies.decide(project.input({ command: 'deploy' })).violations).toMatchObject([
      { rule: 'Deploys', level: 'organisation', source: { file: path, line: 2 } },
    ])
  })

  it('has a defect in any level: everything is denied, with that file', () => {
    const policies = open({ organisation: rule('action: deny'), session: 'pre_execution: 1\n' })
    expect(policies.problems).toMatchObject([{ file: join(project.dir, 'session.yaml'), code: 'wrong_type' }])
    expect(decide(policies, 'ls')).toBe('DENY')
  })
})

describe('a lower level', () => {
  it.each([
    ['deny', 'warn', 'DENY'],
    ['deny', 'allow', 'DENY'],
    ['deny', 'deny, mode: shadow', 'DENY'],
    ['require_approval', 'warn', 'REQUIRE_APPROVAL'],
    ['require_approval', 'allow', 'REQUIRE_APPROVAL'],
    ['require_approval', 'deny', 'DENY'],
    ['warn', 'deny', 'DENY'],
  ])('with the same name can only be stricter: %s, then %s, is %s', (upper, lower, decision) => {
    const policies = open({ organisation: rule(`action: ${upper}`), project: rule(`action: ${lower}`) })
    expect(policies.problems).toEqual([])
    expect(decide(policies)).toBe(decision)
    const weaker = policies.warnings.filter(({ code }) => code === 'weaker_than_upper')
    expect(weaker.length).toBe(lower === 'deny' ? 0 : 1)
  })

  it.each([
    ['warn', 'ALLOW'],
    ['require_approval', 'REQUIRE_APPROVAL'],
    ['allow', 'ALLOW'],
    ['deny, mode: shadow', 'ALLOW'],
  ])('replaces by name what says overridable: %s is %s', (lower, decision) => {
    const policies = open({
      organisation: rule('action: deny, overridable: true'),
      project: rule(`action: ${lower}`),
    })
    expect(decide(policies)).toBe(decision)
    expect(policies.describe().filter(({ name }) => name === 'Deploys')).toMatchObject([{ level: 'project' }])
    expect(policies.explain(project.input({ command: 'deploy' })).rules).toContainEqual(
      expect.objectContaining({ name: 'Deploys', level: 'organisation', outcome: 'replaced' }),
    )
  })

  it('takes nothing back that an upper one asks; an upper one does', () => {
    const ask = rule('action: require_approval')
    const allow = 'pre_execution:\n  - {name: Fine, command: deploy, action: allow}\n'
    expect(decide(open({ organisation: ask, session: allow }))).toBe('REQUIRE_APPROVAL')
    expect(decide(open({ project: ask, session: allow }))).toBe('REQUIRE_APPROVAL')
    expect(decide(open({ organisation: allow, project: ask }))).toBe('ALLOW')
    expect(decide(open({ organisation: rule('action: deny, overridable: true'), session: allow }))).toBe('ALLOW')
    expect(decide(open({ organisation: allow, project: rule('action: deny') }))).toBe('DENY')
  })

  it('adds rules, and each answer names its file and level', () => {
    const policies = open({
      organisation: 'pre_execution:\n  - {name: a, command: deploy, action: warn}\n',
      project: 'pre_execution:\n  - {name: b, command: deploy, action: require_approval}\n',
      session: 'pre_execution:\n  - {name: c, command: deploy, action: deny}\n',
    })
    const { violations, warnings } = policies.decide(project.input({ command: 'deploy' }))
    expect([...violations, ...warnings].map(({ rule: name, level }) => `${name} ${level}`)).toEqual([
      'c session',
      'b project',
      'a organisation',
    ])
  })
})

describe('pack and opaque', () => {
  it('asks of the pack are the organisation’s to allow, the project’s where that is silent, the session’s never', () => {
    const allow = 'pre_execution:\n  - {name: Release, command: npm publish, action: allow}\n'
    expect(decide(open({ organisation: `pack: standard\n${allow}` }), 'npm publish')).toBe('ALLOW')
    expect(decide(open({ organisation: 'pack: standard\n', project: allow }), 'npm publish')).toBe('REQUIRE_APPROVAL')
    expect(decide(open({ organisation: 'pre_execution: []\n', project: allow }), 'npm publish')).toBe('ALLOW')
    expect(decide(open({ session: allow }), 'npm publish')).toBe('REQUIRE_APPROVAL')
    expect(decide(open({ organisation: allow }), 'rm -rf ~')).toBe('DENY')
  })

  it.each([
    [{ organisation: 'pack: strict\n', project: 'pack: off\n' }, undefined, 'REQUIRE_APPROVAL'],
    [{ organisation: 'pack: standard\n', project: 'pack: off\n' }, 'off', 'REQUIRE_APPROVAL'],
    [{ organisation: 'pack: standard\noverridable: [pack]\n', project: 'pack: off\n' }, undefined, 'ALLOW'],
    [{ organisation: 'pack: off\n', project: 'pack: standard\n' }, undefined, 'REQUIRE_APPROVAL'],
    [{ project: 'pack: standard\n', session: 'pack: off\n' }, undefined, 'REQUIRE_APPROVAL'],
    [{ project: 'pack: standard\n' }, 'off', 'ALLOW'],
  ])('of %j with the variable %s asks before a publication: %s', (files, variable, decision) => {
    const env = { HOME: project.home, ...(variable === undefined ? {} : { LOKI_POLICY_PACK: variable }) }
    expect(decide(open(files, { env }), 'npm publish')).toBe(decision)
  })

  it('can be made stricter below, not weaker', () => {
    const strict = open({ organisation: 'opaque: require_approval\n', project: 'opaque: deny\n' })
    expect(decide(strict, '"$X"')).toBe('DENY')
    const weak = open({ organisation: 'opaque: deny\n', project: 'opaque: allow\n' })
    expect(decide(weak, '"$X"')).toBe('DENY')
    expect(weak.warnings).toMatchObject([{ code: 'weaker_than_upper', line: 1 }])
    const let_ = open({ organisation: 'opaque: deny\noverridable: [opaque]\n', project: 'opaque: allow\n' })
    expect(decide(let_, '"$X"')).toBe('ALLOW')
  })
})
