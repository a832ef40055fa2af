import { symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PolicyError, type PolicyInput } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()
const root = dirname(project.dir)
symlinkSync(join(root, 'proj-evil'), join(project.dir, 'link'))
symlinkSync(join(project.dir, 'src'), join(root, 'home', 'into'))
symlinkSync('loop', join(project.dir, 'loop'))
const file = project.write(
  '.loki/policies.yaml',
  `policies:
  pre_execution:
    - name: Only project files
      rule: file_path must start with project_dir
      action: deny
    - name: Agents
      rule: active_agents <= 10
      action: require_approval
  pre_deployment:
    - name: Gates
      gates: [tests, scan]
  resource:
    - name: Tokens
      max_tokens: 1000
      alerts: [50, 80]
      on_exceed: require_approval
    - name: Providers
      providers: [claude, codex]
`,
)
// The file alone: the pack has tests of its own.
const policies = project.open({ env: { HOME: project.home, LOKI_POLICY_PACK: 'off' } })
const decide = (input: Partial<PolicyInput>) => policies.decide(project.input({ kind: 'other', ...input }))
const write = (path: string) => decide({ kind: 'file_write', paths: [path] })

describe('file_path must start with project_dir', () => {
  it.each([
    ['/etc/passwd'],
    ['../proj-evil/x'],
    [join(root, 'proj-evil', 'x')],
    ['src/../../proj-evil/x'],
    ['link/x'],
    ['link/new/deeper/x'],
    ['link/../x'],
    ['~/x'],
    ['a\0b'],
    ['loop/x'],
    ['/proc/self/root/etc/passwd'],
    ['/proc/self/cwd/../x'],
    ['x'.repeat(5000)],
  ])('denies %j', (path) => {
    expect(write(path)).toMatchObject({
      decision: 'DENY',
      rule: 'Only project files',
      violations: [{ point: 'pre_execution', source: { file, line: 3, column: 7 } }],
    })
  })

  it.each([
    ['src/a.ts'],
    ['new/deep/file'],
    ['./src/../src/x'],
    [join(project.dir, 'x')],
    [join(root, 'home/into/x')],
    ['/proc/self/cwd/x'],
  ])('lets %j through', (path) => {
    expect(write(path).decision).toBe('ALLOW')
  })

  it('denies reads outside too, and an action on files that names none', () => {
    expect(decide({ kind: 'file_read', paths: ['/etc/passwd'] }).decision).toBe('DENY')
    expect(decide({ kind: 'file_read' })).toMatchObject({
      decision: 'DENY',
      reason: expect.stringContaining('names none') as unknown,
    })
    expect(decide({ kind: 'file_write', paths: [] }).decision).toBe('DENY')
  })

  it('finds the one bad path among good ones', () => {
    expect(decide({ kind: 'file_write', paths: ['src/a', '../x', 'src/b'] }).decision).toBe('DENY')
  })

  it.each([
    ['echo x > ../x', 'DENY'],
    ['echo x >> /etc/hosts', 'DENY'],
    ['echo x | tee ~/x', 'DENY'],
    ['cp a link/', 'DENY'],
    ['cd .. && touch x', 'DENY'],
    ['mv src/a /elsewhere', 'DENY'],
    ['sed -i s/a/b/ ../x', 'DENY'],
    ['curl -o /x https://example.com', 'DENY'],
    ['echo x > "$OUT"', 'REQUIRE_APPROVAL'],
    ['echo x > src/x 2>/dev/null', 'ALLOW'],
    ['cat /etc/hosts', 'ALLOW'],
    ['npm test', 'ALLOW'],
  ])('judges what a command writes: %s is %s', (command, decision) => {
    expect(decide({ kind: 'command', command }).decision).toBe(decision)
  })

  it('does not concern actions that name no path', () => {
    expect(decide({ kind: 'model_call', provider: 'claude', tokensUsed: 1 }).decision).toBe('ALLOW')
    expect(decide({ kind: 'mcp_tool' }).decision).toBe('ALLOW')
  })

  it('denies when a path cannot be resolved, whatever the reason', () => {
    const failing = project.open({
      realPath: () => {
        throw new Error('disk on fire')
      },
    })
    expect(failing.decide(project.input({ kind: 'file_write', paths: ['x'] }))).toMatchObject({
      decision: 'DENY',
      reason: expect.stringContaining('disk on fire') as unknown,
    })
  })
})

describe('active_agents <= N', () => {
  it.each([[11], [Number.NaN], [-1], [Number.POSITIVE_INFINITY]])('asks at %d', (activeAgents) => {
    expect(decide({ kind: 'agent', activeAgents })).toMatchObject({ decision: 'REQUIRE_APPROVAL', rule: 'Agents' })
  })

  it('asks when an agent starts and nobody says how many there are', () => {
    expect(decide({ kind: 'agent' }).decision).toBe('REQUIRE_APPROVAL')
  })

  it.each([[0], [10]])('lets %d through', (activeAgents) => {
    expect(decide({ kind: 'agent', activeAgents }).decision).toBe('ALLOW')
  })
})

describe('resource and deployment rules', () => {
  it('ask for approval once the tokens are used, and warn before', () => {
    const spent = (tokensUsed: number) => decide({ provider: 'claude', tokensUsed })
    expect(spent(1000)).toMatchObject({ decision: 'REQUIRE_APPROVAL', rule: 'Tokens' })
    expect(spent(999)).toMatchObject({
      decision: 'ALLOW',
      warnings: [{ reason: expect.stringContaining('80 %') as unknown }],
    })
    expect(spent(500).warnings).toHaveLength(1)
    expect(spent(499).warnings).toEqual([])
  })

  it('deny a provider that is not listed, and a model call that does not say which', () => {
    expect(decide({ provider: 'gemini', tokensUsed: 1 })).toMatchObject({ decision: 'DENY', rule: 'Providers' })
    expect(decide({ kind: 'model_call', tokensUsed: 1 }).decision).toBe('DENY')
    expect(decide({ provider: 'Claude', tokensUsed: 1 }).decision).toBe('ALLOW')
  })

  it('deny a deployment until every gate has passed', () => {
    expect(decide({ kind: 'deploy' })).toMatchObject({ decision: 'DENY', rule: 'Gates' })
    expect(decide({ kind: 'deploy', passedGates: ['tests'] })).toMatchObject({
      reason: expect.stringContaining('scan') as unknown,
    })
    expect(decide({ kind: 'deploy', passedGates: ['tests', 'scan'] }).decision).toBe('ALLOW')
  })

  it('the strictest answer wins and all are told', () => {
    const evaluation = decide({ kind: 'agent', activeAgents: 99, paths: ['/etc/x'] })
    expect(evaluation.decision).toBe('DENY')
    expect(evaluation.violations.map((violation) => violation.action)).toEqual(['deny', 'require_approval'])
  })

  it('an enforcement point that there is not is a mistake of the caller', () => {
    expect(() => policies.evaluate('pre_exec' as never, project.input({}))).toThrow(PolicyError)
  })
})
