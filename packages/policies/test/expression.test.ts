import { describe, expect, it } from 'vitest'
import type { PolicyInput, PolicyProblem } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()

function open(when: string, more = ''): ReturnType<typeof project.open> {
  const entry = { name: 'rule', when, action: 'deny', ...(more === '' ? {} : { on_missing: more }) }
  const file = project.write('when.json', JSON.stringify({ pre_execution: [entry] }))
  return project.open({ file, env: { HOME: project.home, LOKI_POLICY_PACK: 'off' } })
}

function decision(when: string, input: Partial<PolicyInput>, more = ''): string {
  const policies = open(when, more)
  expect(policies.problems).toEqual([])
  return policies.decide(project.input(input)).decision
}

describe('when is refused at load for', () => {
  it.each([
    ['an expression that is none', 'kind ==', /character 8/],
    ['an unknown variable', 'brnch == "main"', /Unknown variable: brnch.*Did you mean "branch"/],
    ['types that do not fit', 'kind == 1', /no such overload: string == int/],
    ['something that is not true or false', 'kind', /is string; expected one that is true or false/],
    ['an unknown field', 'server.nam == "x"', /nam/],
    ['an unknown function', 'kind.startWith("x")', /Did you mean "startsWith"/],
    ['a field that JavaScript has', 'commands[0].constructor == "x"', /constructor/],
    ['macros three deep', '[1].exists(a, [1].exists(b, [1].exists(c, a == b)))', /at most 2 deep/],
    ['a bound variable', 'cel.bind(x, kind, x == "a")', /not taken|unknown function/],
    ['a list that is put together', '(paths + paths).exists(p, p == "x")', /expected a variable, a field or a list/],
    ['a map', '{"a": 1} == {"a": 1}', /maps are not taken/],
    ['a split', 'kind.split("").size() > 1', /unknown function "split"/],
    ['a pattern that is not written out', 'kind.matches(tool)', /written out/],
    ['a lookahead', 'kind.matches("a(?=b)")', /RE2/],
    ['a backreference', String.raw`kind.matches(r"(a)\1")`, /RE2/],
    ['bounds that multiply', 'kind.matches("((a{30}){30})")', /multiply to 900/],
    ['more than 1,000 characters', `kind == "${'x'.repeat(1000)}"`, /1010 characters/],
    ['more than 200 parts', `${'kind == "a" || '.repeat(60)}true`, /maxAstNodes/],
    ['a list of more than 100', `1 in [${Array.from({ length: 101 }, () => '1').join(',')}]`, /maxListElements/],
  ])('%s', (_name, when, message) => {
    const [problem] = open(when).problems as [PolicyProblem]
    expect(problem).toMatchObject({ code: 'invalid_expression', line: 1 })
    expect(problem.message).toMatch(message)
  })
})

describe('when', () => {
  it.each([
    ['kind == "command"', { command: 'ls' }, 'DENY'],
    ['kind in ["network", "mcp_tool"]', { command: 'ls' }, 'ALLOW'],
    ['programs.exists(p, p == "git")', { command: 'sudo g\\it push' }, 'DENY'],
    [
      'commands.exists(c, c.program == "git" && c.args.exists(a, a == "--force"))',
      { command: 'git push --force' },
      'DENY',
    ],
    ['commands.exists(c, c.program == "git" && c.args.exists(a, a == "--force"))', { command: 'git push' }, 'ALLOW'],
    ['commands.filter(c, c.program == "rm").size() > 1', { command: 'rm a; rm b' }, 'DENY'],
    ['commands.map(c, c.program)[0] == "rm"', { command: 'rm a' }, 'DENY'],
    ['files.exists(f, f.access == "write" && f.path.endsWith("/b"))', { command: 'cp a b' }, 'DENY'],
    ['files.exists(f, within(f.path, project_dir + "/src"))', { kind: 'file_read', paths: ['src/x'] }, 'DENY'],
    ['files.exists(f, within(f.path, project_dir + "/src"))', { kind: 'file_read', paths: ['src-x'] }, 'ALLOW'],
    ['paths.exists(p, glob(p, "*.pem"))', { kind: 'file_read', paths: ['a/b.pem'] }, 'DENY'],
    ['branches.exists(b, b.startsWith("release/"))', { command: 'git push origin release/1' }, 'DENY'],
    ['hostname(url) == "a.example"', { kind: 'network', url: 'https://A.example./x' }, 'DENY'],
    [
      'server.name == "gh" && server.source == "project"',
      { kind: 'mcp_tool', server: { name: 'gh', source: 'project' } },
      'DENY',
    ],
    ['kind == "mcp_tool" && !has(server.source)', { kind: 'mcp_tool', server: { name: 'gh' } }, 'DENY'],
    ['has(action.branch) && branch == "main"', { command: 'ls' }, 'ALLOW'],
    ['kind == "git" && branch == "main"', { kind: 'file_read', paths: ['a'] }, 'ALLOW'],
    ['active_agents > 3', { kind: 'agent', activeAgents: 4 }, 'DENY'],
    ['active_agents > 3', { kind: 'agent', activeAgents: 3 }, 'ALLOW'],
    ['tokens_used >= 1000', { kind: 'model_call', tokensUsed: 999.5 }, 'DENY'],
    ['opaque', { command: 'ls' }, 'ALLOW'],
    ['tool.lowerAscii().matches("^web(fetch|search)$")', { kind: 'other', tool: 'WebFetch' }, 'DENY'],
    ['tool.matches("^(a+)+$")', { kind: 'other', tool: `${'a'.repeat(4000)}b` }, 'ALLOW'],
  ])('%s, beside %j, is %s', (when, input, wanted) => {
    expect(decision(when, input)).toBe(wanted)
  })

  it.each([
    ['branch == "main"', { command: 'ls' }],
    ['server.name == "x"', { command: 'ls' }],
    ['commands[3].program == "x"', { command: 'ls' }],
    ['active_agents > 1', { kind: 'agent', activeAgents: Number.NaN }],
    ['command.matches("x")', { command: `echo ${'x'.repeat(5000)}` }],
    ['paths.size() > 1', { kind: 'file_read', paths: Array.from({ length: 300 }, (_, index) => `f${index}`) }],
    ['branches.size() > 0', { command: 'git push origin "$B"' }],
    ['hostname(url) == "x"', { kind: 'network', url: '::' }],
  ] as readonly (readonly [string, Partial<PolicyInput>])[])(
    '%s comes to no answer: on_missing decides',
    (when, input) => {
      expect(decision(when, input)).toBe('DENY')
      expect(decision(when, input, 'require_approval')).toBe('REQUIRE_APPROVAL')
      expect(decision(when, input, 'allow')).toBe('ALLOW')
      expect(open(when).decide(project.input(input)).reason).toContain('when')
    },
  )

  it('is one condition among others', () => {
    const file = project.write(
      'both.yaml',
      'pre_execution:\n  - {name: a, command: npm publish, when: \'agent == "ci"\', action: deny}\n',
    )
    const policies = project.open({ file, env: { HOME: project.home, LOKI_POLICY_PACK: 'off' } })
    const decide = (input: Partial<PolicyInput>): string => policies.decide(project.input(input)).decision
    expect(decide({ command: 'npm publish', agent: 'ci' })).toBe('DENY')
    expect(decide({ command: 'npm publish', agent: 'main' })).toBe('ALLOW')
    expect(decide({ command: 'npm test' })).toBe('ALLOW')
  })
})
