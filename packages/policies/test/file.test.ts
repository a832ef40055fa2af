import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openPolicies, PolicyError } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()
const names = ['policies.yaml', 'policies.yml', 'policies.json'].map((name) => join(project.dir, '.loki', name))

afterEach(() => {
  for (const name of names) rmSync(name, { recursive: true, force: true })
})

const EXAMPLE = `# what agents may do here
policies:
  pre_execution:
    - name: "Only project files"
      rule: "file_path must start with project_dir"   # both sentences are literal
      action: deny
    - {name: Agents, rule: active_agents <= 10, action: require_approval}
  pre_deployment:
  - name: Gates
    gates:
    - tests
    - security-scan
  resource:
    - name: Tokens
      max_tokens: 1000
      alerts: [50, 80]
      on_exceed: shutdown
    - name: Providers
      providers: [claude, codex]
      action: deny
  data:
    - name: Secrets
      type: secret_detection
      action: deny
    - name: People
      type: pii_scanning
      patterns: ['EMP-\\d{6}', "a, b"]
      action: warn
  approval_gates:
    - name: release
      phase: deploy
      timeout_minutes: 30
      auto_approve_on_timeout: false
`

const entry = (fields: string): string => `policies:\n  pre_execution:\n    - ${fields}\n`

/** Text, place and words of the first problem. */
const REFUSED: readonly (readonly [string, string, number, number, RegExp])[] = [
  ['an empty file', '', 1, 1, /empty/],
  ['null', 'null\n', 1, 1, /found nothing/],
  ['a list', '[]\n', 1, 1, /found an empty list/],
  ['a text', 'hello\n', 1, 1, /found the text "hello"/],
  ['no sections', 'policies: {}\n', 1, 11, /at least one of the sections/],
  ['bad YAML', 'policies:\n  - a: [1\n', 3, 1, /not YAML/],
  ['a tab for indentation', 'policies:\n\tdata: []\n', 2, 1, /not YAML/],
  ['a doubled key', 'data: []\ndata: []\n', 2, 1, /there twice/],
  ['two documents', 'data: []\n---\ndata: []\n', 2, 1, /one document/],
  [
    'an unknown section',
    'policies:\n  pre_exec:\n    - a\n',
    2,
    3,
    /unknown key "pre_exec".*Did you mean "pre_execution"/,
  ],
  ['a section that is a map', 'policies:\n  data: {name: x}\n', 2, 9, /expected data as a list, found a map/],
  ['a section without a value', 'policies:\n  data:\n', 2, 8, /expected data as a list, found nothing/],
  ['a key beside policies', 'policies: {data: []}\nversion: 1\n', 2, 1, /unknown key "version"/],
  ['an entry that is a text', entry('x'), 3, 7, /expected an entry of pre_execution as a map/],
  [
    'an unknown key',
    entry('{name: a, rule: active_agents <= 1, action: deny, acton: x}'),
    3,
    57,
    /Did you mean "action"/,
  ],
  ['a missing field', entry('{name: a, action: deny}'), 3, 7, /lacks "rule"/],
  [
    'an unknown rule',
    entry('{name: a, rule: file_path starts with project_dir, action: deny}'),
    3,
    23,
    /unknown rule.*Did you mean/,
  ],
  [
    'another operator',
    entry('{name: a, rule: active_agents < 5, action: deny}'),
    3,
    23,
    /Did you mean "active_agents <= 5"/,
  ],
  ['a broken number', entry('{name: a, rule: active_agents <= 1.5, action: deny}'), 3, 23, /whole number/],
  [
    'a misspelt action',
    entry('{name: a, rule: active_agents <= 5, action: denied}'),
    3,
    51,
    /unknown action "denied".*Did you mean "deny"/,
  ],
  ['allow as an action', entry('{name: a, rule: active_agents <= 5, action: allow}'), 3, 51, /unknown action/],
  [
    'a number as a name',
    entry('{name: 5, rule: active_agents <= 5, action: deny}'),
    3,
    14,
    /expected name as text, found 5/,
  ],
  [
    'an alias',
    'policies:\n  data:\n    - &a {name: x, type: secret_detection, action: deny}\n    - *a\n',
    4,
    7,
    /aliases/,
  ],
  ['an unknown data type', 'data:\n  - {name: a, type: secrets, action: deny}\n', 2, 21, /unknown type "secrets"/],
  ['max_tokens as text', 'resource:\n  - {name: a, max_tokens: "100"}\n', 2, 27, /expected max_tokens as a number/],
  ['max_tokens below one', 'resource:\n  - {name: a, max_tokens: -1}\n', 2, 27, /from 1/],
  ['NaN', 'resource:\n  - {name: a, max_tokens: .nan}\n', 2, 27, /found NaN/],
  ['an alert above 100', 'resource:\n  - {name: a, max_tokens: 5, alerts: [101]}\n', 2, 39, /percent/],
  ['nothing to bound', 'resource:\n  - {name: a}\n', 2, 5, /needs "max_tokens" or "providers"/],
  ['no gates', 'pre_deployment:\n  - {name: a, gates: []}\n', 2, 22, /at least one/],
  [
    'the same name twice',
    'resource:\n  - {name: a, max_tokens: 1}\n  - {name: a, max_tokens: 2}\n',
    3,
    12,
    /two rules/,
  ],
  [
    'a lookahead',
    `data:\n  - {name: a, type: pii_detection, action: deny, patterns: ['a(?=b)']}\n`,
    2,
    61,
    /lookaround/,
  ],
  [
    'a backreference',
    `data:\n  - {name: a, type: pii_detection, action: deny, patterns: ['(a)\\1']}\n`,
    2,
    61,
    /backreferences/,
  ],
  [
    'a lookahead',
    `data:\n  - {name: a, type: pii_detection, action: deny, patterns: ['(?=a)']}\n`,
    2,
    61,
    /lookaround/,
  ],
  [
    'a long pattern',
    `data:\n  - {name: a, type: pii_detection, action: deny, patterns: [${'a'.repeat(201)}]}\n`,
    2,
    61,
    /201 characters/,
  ],
  ['an alias bomb', `a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n`, 2, 8, /aliases/],
  ['deep nesting', `data: ${'['.repeat(100)}`, 1, 71, /nested deeper/],
]

describe('a policy file is refused, and everything denied, for', () => {
  it.each(REFUSED)('%s', (_, text, line, column, message) => {
    const file = project.write('.loki/policies.yaml', text)
    const policies = openPolicies({ projectDir: project.dir, env: {} })
    expect(policies.problems[0]).toMatchObject({
      file,
      line,
      column,
      message: expect.stringMatching(message) as unknown,
    })
    for (const input of [{ command: 'ls' }, { kind: 'file_read', paths: ['src/a'] }]) {
      const evaluation = policies.decide(project.input(input))
      expect(evaluation).toMatchObject({ decision: 'DENY', allowed: false, rule: 'loki_policy_problem' })
      expect(evaluation.reason).toContain(`${file}:${line}:${column}`)
    }
    expect(policies.evaluate('resource', project.input({ tokensUsed: 0 })).decision).toBe('DENY')
  })

  it('a file that may not be read', (context) => {
    const file = project.write('.loki/policies.yaml', EXAMPLE)
    chmodSync(file, 0)
    if (process.getuid?.() === 0) context.skip('root reads every file')
    expect(project.open().problems).toMatchObject([
      { file, code: 'unreadable', message: expect.stringContaining('EACCES') as unknown },
    ])
  })

  it('a folder in its place', () => {
    mkdirSync(join(project.dir, '.loki/policies.yaml'))
    expect(project.open().problems).toMatchObject([{ code: 'unreadable' }])
  })

  it('a file over 256 KiB', () => {
    project.write('.loki/policies.yaml', `# ${'x'.repeat(262_144)}`)
    expect(project.open().problems).toMatchObject([{ code: 'too_large' }])
  })

  it('bytes that are not UTF-8', () => {
    writeFileSync(join(project.dir, '.loki/policies.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
    expect(project.open().problems).toMatchObject([{ code: 'unreadable' }])
  })

  it('JSON that is none', () => {
    project.write('.loki/policies.json', '{"policies": {"data": [,]}}')
    expect(project.open().problems).toMatchObject([
      { code: 'syntax', line: 1, message: expect.stringContaining('not JSON') as unknown },
    ])
  })

  it('two files, since nothing says which holds', () => {
    project.write('.loki/policies.yaml', EXAMPLE)
    project.write('.loki/policies.json', '{"data":[]}')
    expect(project.open().problems).toMatchObject([
      { code: 'ambiguous', message: expect.stringContaining('policies.yaml') as unknown },
    ])
  })

  it('a file that was named and is not there', () => {
    expect(project.open({ file: join(project.dir, 'none.yaml') }).problems).toMatchObject([{ code: 'unreadable' }])
  })
})

describe('a policy file', () => {
  it('tells all its problems at once', () => {
    project.write('.loki/policies.yaml', 'data:\n  - {name: a, type: x, action: y}\n  - {nam: b}\nfoo: 1\n')
    const places = project.open().problems.map(({ line, code }) => `${line} ${code}`)
    expect(places).toEqual(
      expect.arrayContaining(['2 unknown_value', '3 unknown_key', '3 missing_field', '4 unknown_key']),
    )
  })

  it('of the documented form is taken, comments, flow maps and dashes at the parent’s indent included', () => {
    project.write('.loki/policies.yaml', EXAMPLE)
    const policies = project.open({ env: {} })
    expect(policies.problems).toEqual([])
    expect(policies.approvalGates).toEqual([
      { name: 'release', phase: 'deploy', timeoutMinutes: 30, autoApproveOnTimeout: false },
    ])
    expect(
      policies.evaluate('data', project.input({ kind: 'file_write', content: 'EMP-123456' })).warnings,
    ).toMatchObject([{ rule: 'People', findings: [{ kind: 'custom', start: 0, end: 10 }] }])
  })

  it.each([
    ['policies.yml', 'resource:\n  - {name: T, max_tokens: 10}\n'],
    ['policies.json', '{\n\t"resource": [\n\t\t{"name": "T", "max_tokens": 10}\n\t]\n}'],
  ])('may be %s, with the sections at its root', (name, text) => {
    const file = project.write(`.loki/${name}`, text)
    const policies = project.open()
    expect(policies.problems).toEqual([])
    expect(policies.evaluate('resource', project.input({ tokensUsed: 10 }))).toMatchObject({
      decision: 'DENY',
      rule: 'T',
      violations: [{ source: { file, line: name.endsWith('.yml') ? 2 : 3 } }],
    })
  })

  it('turns the policies on by being there, and names every place that is worth watching', () => {
    const watched = ['/etc/loki/policies.yaml', ...names, join(project.dir, '.loki/residency.json')]
    expect(openPolicies({ projectDir: project.dir, env: {} })).toMatchObject({
      enabled: false,
      files: watched,
    })
    project.write('.loki/policies.yaml', 'resource:\n  - {name: T, max_tokens: 10}\n')
    expect(openPolicies({ projectDir: project.dir, env: {} })).toMatchObject({
      enabled: true,
      files: watched,
    })
  })

  it('is not read when policies are off', () => {
    project.write('.loki/policies.yaml', 'garbage: [')
    const off = openPolicies({ projectDir: project.dir, env: {}, enabled: false })
    expect(off).toMatchObject({ enabled: false, problems: [] })
    expect(off.decide(project.input({ command: 'rm -rf /' })).decision).toBe('ALLOW')
  })

  it('is looked for below an absolute folder only', () => {
    expect(() => openPolicies({ projectDir: 'here' })).toThrow(PolicyError)
  })
})
