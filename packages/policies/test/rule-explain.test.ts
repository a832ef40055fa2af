import { describe, expect, it } from 'vitest'
import { openPolicies, type PolicyInput } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()

function open(text: string): ReturnType<typeof project.open> {
  const file = project.write('policy.yaml', text)
  const policies = project.open({ file })
  expect(policies.problems).toEqual([])
  return policies
}

const policies = open(`pre_execution:
  - {name: Push, command: git push, branch: main, action: deny, severity: high, reason: r, suggest: s, overridable: true}
  - {name: Publish, command: npm publish, action: require_approval}
  - {name: Later, command: npm publish, action: deny, mode: shadow}
  - {name: Dry, command: npm publish --dry-run, action: allow}
  - {name: Server, service: github, action: deny}
`)
const explain = (input: Partial<PolicyInput>): ReturnType<typeof policies.explain> =>
  policies.explain(project.input(input))

describe('explain', () => {
  it('says of every rule what was compared and what became of it', () => {
    const { rules, evaluation, points } = explain({ command: 'npm publish --dry-run' })
    expect(points).toEqual(['pre_execution', 'data'])
    expect(evaluation.decision).toBe('ALLOW')
    const outcomes = Object.fromEntries(
      rules.filter(({ level }) => level === 'project').map(({ name, outcome }) => [name, outcome]),
    )
    expect(outcomes).toEqual({
      Push: 'not_matched',
      Publish: 'lifted',
      Later: 'shadow',
      Dry: 'covers',
      Server: 'not_concerned',
    })
    expect(rules.find(({ name }) => name === 'Push')?.compared).toEqual([
      { field: 'command', wanted: 'git push', found: 'npm publish --dry-run', answer: 'no' },
      { field: 'branch', wanted: 'main', found: 'nothing', answer: 'no' },
    ])
    expect(rules.find(({ name }) => name === 'loki_pack.publish.package')).toMatchObject({
      level: 'pack',
      action: 'require_approval',
    })
  })

  it('says what sentences, gates and limits looked at, and what narrows them', () => {
    const older = open(`pre_execution:
  - {name: inside, rule: file_path must start with project_dir, agent: main, action: deny}
  - {name: few, rule: active_agents <= 2, action: deny}
pre_deployment:
  - {name: gates, gates: [tests, scan]}
resource:
  - {name: tokens, max_tokens: 10, providers: [claude]}
`)
    const input = { kind: 'deploy', agent: 'main', paths: ['/etc/x'], activeAgents: 3, passedGates: ['tests'] }
    const { rules } = older.explain(project.input({ ...input, provider: 'other', tokensUsed: 5 }))
    const answers = rules
      .filter(({ level }) => level === 'project')
      .map(({ name, compared }) => `${name}: ${compared.map(({ field, answer }) => `${field} ${answer}`).join(', ')}`)
    expect(answers).toEqual([
      'inside: agent yes, file_path no',
      'few: active_agents no',
      'gates: gates no',
      'tokens: max_tokens yes, providers no',
    ])
  })

  it('ends its path with the decision, the same one that decide gives', () => {
    for (const command of ['git push origin main', 'npm publish', 'ls', 'rm -rf /', '"$X"']) {
      const { evaluation, path } = explain({ command })
      expect(evaluation).toEqual(policies.decide(project.input({ command })))
      expect(path.at(-1)).toBe(`${evaluation.decision}: ${evaluation.reason}`)
    }
    const { path } = explain({ command: 'git push origin main' })
    expect(path.join('\n')).toContain(`Push (project, ${project.dir}/policy.yaml:2:5): deny: r`)
  })

  it('names the problem where the policy cannot be used, and nothing where policies are off', () => {
    const broken = project.open({ file: project.write('broken.yaml', 'pre_execution: 1\n') })
    expect(broken.explain(project.input({ command: 'ls' })).path).toEqual([
      expect.stringContaining('DENY: the policy cannot be used'),
    ])
    const off = openPolicies({ projectDir: project.dir, enabled: false })
    expect(off.explain(project.input({ command: 'ls' })).path).toEqual(['policies are off'])
    expect(off.describe()).toEqual([])
  })
})

describe('describe', () => {
  it('lists the rules in force with level, action, severity, mode and place', () => {
    const rules = policies.describe()
    expect(rules.find(({ name }) => name === 'Push')).toMatchObject({
      name: 'Push',
      level: 'project',
      point: 'pre_execution',
      action: 'deny',
      severity: 'high',
      mode: 'enforce',
      overridable: true,
      conditions: ['command: git push', 'branch: main'],
      source: { file: `${project.dir}/policy.yaml`, line: 2, column: 5 },
    })
    expect(rules.find(({ name }) => name === 'Later')).toMatchObject({ mode: 'shadow' })
    expect(new Set(rules.map(({ level }) => level))).toEqual(new Set(['built_in', 'variables', 'pack', 'project']))
  })
})

describe('warnings', () => {
  const codes = (text: string): readonly string[] =>
    open(text).warnings.map(({ code, rule }) => `${code} ${rule ?? ''}`)

  it.each([
    ['{name: a, command: x, action: deny}', ['no_reason a', 'untested a']],
    ['{name: a, command: x, action: deny, reason: r, suggest: s, tests: [{command: x, expect: deny}]}', []],
    ['{name: a, service: x, command: y, action: warn}', ['never_matches a']],
    ['{name: a, command: x, action: warn}, {name: b, command: x, agent: y, action: warn}', ['shadowed b']],
    ['{name: a, command: x, action: warn}, {name: b, command: x, action: require_approval}', []],
    ['{name: a, service: x, action: allow}', ['lifts_nothing a']],
  ])('of %s are %j', (entries, wanted) => {
    expect(codes(`pack: off\nopaque: allow\npre_execution: [${entries}]\n`)).toEqual(wanted)
  })

  it('stand at their rule', () => {
    expect(open('pre_execution:\n  - {name: a, command: x, action: deny}\n').warnings[0]).toMatchObject({
      file: `${project.dir}/policy.yaml`,
      line: 2,
      column: 5,
    })
  })
})
