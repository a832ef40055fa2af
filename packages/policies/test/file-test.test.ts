import { describe, expect, it } from 'vitest'
import { testProject } from './project.js'

const project = testProject()

function open(text: string): ReturnType<typeof project.open> {
  const file = project.write('policy.yaml', text)
  return project.open({ file })
}

describe('a policy whose own tests fail', () => {
  it('does not load: the failed test is named with its line, and everything is denied', () => {
    const policies = open(`pre_execution:
  - name: No push to main
    command: git push
    branch: main
    action: deny
    tests:
      - {command: git push origin main, expect: deny}
      - {command: git push origin topic, expect: deny}
`)
    expect(policies.problems).toMatchObject([
      {
        code: 'failed_test',
        line: 8,
        column: 9,
        message: expect.stringContaining('expected deny, got allow') as unknown,
      },
    ])
    expect(policies.decide(project.input({ command: 'ls' }))).toMatchObject({
      decision: 'DENY',
      rule: 'loki_policy_problem',
    })
  })

  it('says what the rule saw', () => {
    const [problem] = open(
      'pre_execution:\n  - {name: a, branch: main, action: deny, tests: [{command: git push origin x, expect: deny}]}\n',
    ).problems
    expect(problem?.message).toContain('branch: x (push) (no)')
  })

  it.each([
    [
      'a test of a rule that needs a field that the test lacks',
      'service: x, action: deny',
      'kind: mcp_tool, expect: allow',
    ],
    ['an exception that does not cover', 'command: x, action: allow', 'command: x; y, expect: allow'],
    ['an exception that covers', 'command: x, action: allow', 'command: x, expect: require_approval'],
    ['a warning that is none', 'command: x, action: warn', 'command: y, expect: warn'],
  ])('for %s', (_name, fields, test) => {
    const { problems } = open(`pre_execution:\n  - {name: a, ${fields}, tests: [{${test}}]}\n`)
    expect(problems).toMatchObject([{ code: 'failed_test' }])
  })
})

describe('tests of an entry', () => {
  it.each([
    ['rule: file_path must start with project_dir, action: deny', 'path: /etc/x, expect: deny'],
    ['rule: file_path must start with project_dir, action: deny', 'path: src/x, access: read, expect: allow'],
    ['rule: active_agents <= 2, action: deny', 'active_agents: 3, expect: deny'],
    ['service: gh/delete_*, action: deny', 'server: gh, tool: delete_x, expect: deny'],
    ['service: "*@project", action: deny', 'server: {name: gh, source: project}, tool: x, expect: deny'],
    ['url: x.example, action: warn', 'url: https://x.example/a, expect: warn'],
    ['model: big, action: require_approval', 'provider: p, model: big, expect: require_approval'],
    ['branch: main, action: deny', 'branch: main, expect: deny'],
    ['path: .env, action: deny', 'command: cat .env, cwd: sub, expect: deny'],
    ['command: x, action: deny, mode: shadow', 'command: x, expect: deny'],
    ['when: opaque, action: warn', 'command: "$X", expect: warn'],
  ])('take any field of an action: %s with %s', (fields, test) => {
    expect(open(`pre_execution:\n  - {name: a, ${fields}, tests: [{${test}}]}\n`).problems).toEqual([])
  })

  it('stand at every section', () => {
    const { problems } = open(`
pre_deployment:
  - {name: g, gates: [tests], tests: [{passed_gates: lint, expect: deny}, {passed_gates: [tests, lint], expect: allow}]}
resource:
  - {name: t, max_tokens: 10, tests: [{tokens_used: 10, expect: deny}, {tokens_used: 9, expect: allow}]}
data:
  - {name: p, type: pii_detection, action: warn, tests: [{content: ann@example.org, expect: warn}]}
`)
    expect(problems).toEqual([])
  })

  it('ask their own rule, with the exceptions of the same file', () => {
    const { problems } = open(`pre_execution:
  - {name: Ask, command: npm publish, action: require_approval, tests: [{command: npm publish --dry-run, expect: allow}]}
  - {name: All, command: npm, action: deny}
  - {name: Dry, command: npm publish --dry-run, action: allow}
`)
    expect(problems).toEqual([])
  })

  it('are bounded', () => {
    const many = Array.from({ length: 51 }, () => '{command: x, expect: allow}').join(', ')
    expect(open(`pre_execution:\n  - {name: a, command: y, action: deny, tests: [${many}]}\n`).problems).toMatchObject([
      { code: 'too_large' },
    ])
    const long = `{command: ${'x'.repeat(2001)}, expect: allow}`
    expect(open(`pre_execution:\n  - {name: a, command: y, action: deny, tests: [${long}]}\n`).problems).toMatchObject([
      { code: 'too_large' },
    ])
  })
})
