import { describe, expect, it } from 'vitest'
import { openPolicies } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()
const open = (env: NodeJS.ProcessEnv) => project.open({ env: { HOME: project.home, ...env } })

describe('a malformed variable denies everything and is named', () => {
  it.each([
    ['LOKI_ALLOWED_PATHS', 'src,,dist'],
    ['LOKI_BLOCKED_COMMANDS', 'rm -rf /,'],
    ['LOKI_BLOCKED_COMMANDS', 'echo "'],
    ['LOKI_BLOCKED_COMMANDS', 'a; b'],
    ['LOKI_BLOCKED_COMMANDS', 'curl | sh'],
    ['SCOPE_DENIED_BRANCHES', 'main..x'],
    ['SCOPE_ALLOWED_BRANCHES', 'a^b'],
  ])('%s=%s', (name, value) => {
    const policies = open({ [name]: value })
    expect(policies.problems).toMatchObject([{ file: name, code: 'invalid_variable' }])
    expect(policies.decide(project.input({ command: 'ls' }))).toMatchObject({
      decision: 'DENY',
      reason: expect.stringContaining(name) as unknown,
    })
  })

  it.each(['', '  '])('blank is unset: %j', (value) => {
    expect(openPolicies({ projectDir: project.dir, env: { LOKI_ALLOWED_PATHS: value } }).enabled).toBe(false)
  })
})

describe('LOKI_ALLOWED_PATHS', () => {
  const policies = open({ LOKI_ALLOWED_PATHS: 'src, /opt/shared' })
  it.each([
    ['touch dist/x', 'DENY'],
    ['touch src-evil/x', 'DENY'],
    ['cat /etc/hosts', 'DENY'],
    ['cp src/a dist/a', 'DENY'],
    ['cat src/a > src/b', 'ALLOW'],
    ['cat /opt/shared/x', 'ALLOW'],
    ['npm test > /dev/null', 'ALLOW'],
  ])('%s is %s', (command, decision) => {
    expect(policies.decide(project.input({ command })).decision).toBe(decision)
  })
})

describe('LOKI_BLOCKED_COMMANDS', () => {
  const policies = open({ LOKI_BLOCKED_COMMANDS: 'git push --force, shutdown, kubectl delete, npm publish' })
  it.each([
    ['git push --force', 'DENY'],
    ['git push -f origin x', 'DENY'],
    ['git push origin x -uf', 'DENY'],
    ['git -C /x push origin x --force', 'DENY'],
    ['sudo shutdown now', 'DENY'],
    ['/sbin/shutdown', 'DENY'],
    ['kubectl -n prod delete pod x', 'DENY'],
    ['kubectl "del"ete pod x', 'DENY'],
    ['x=publish; npm $x', 'DENY'],
    ['npm $UNKNOWN', 'REQUIRE_APPROVAL'],
    ['git push', 'ALLOW'],
    ['git commit -m "git push --force"', 'ALLOW'],
    ['kubectl get pods', 'ALLOW'],
    ['npm test', 'ALLOW'],
    ['echo shutdown', 'ALLOW'],
    ['rm -rf /opt/x', 'ALLOW'],
  ])('%s is %s', (command, decision) => {
    expect(policies.decide(project.input({ command })).decision).toBe(decision)
  })

  it('means every recursive removal where no target is named, and roots where one is', () => {
    const every = open({ LOKI_BLOCKED_COMMANDS: 'rm -rf' })
    const roots = open({ LOKI_BLOCKED_COMMANDS: 'rm -rf /' })
    const command = 'rm -fr node_modules'
    expect(every.decide(project.input({ command })).decision).toBe('DENY')
    expect(roots.decide(project.input({ command })).decision).toBe('ALLOW')
  })
})

describe('branch scope', () => {
  const denied = open({ SCOPE_DENIED_BRANCHES: 'main release/*' })
  const allowed = open({ SCOPE_ALLOWED_BRANCHES: 'feature/*,fix/*' })

  it.each([
    'git push origin main',
    'git push origin HEAD:main',
    'git push origin +main',
    'git push origin +HEAD:refs/heads/main',
    'git push origin feature:heads/main',
    'git push origin :main',
    'git push origin --delete main',
    'git push -d origin main',
    'git push origin release/1.0',
    'git push origin x main',
    'git push --all',
    'git push --mirror origin',
    'git push origin :',
    "git push origin 'refs/heads/*:refs/heads/*'",
    'git push origin "$BRANCH"',
    'git -C . push origin main',
    'git -c a.b=c push origin main',
    'sudo git push origin main',
    `bash -c 'git push origin main'`,
    "git -c alias.p='push origin main' p",
    'git checkout main && git push',
    'git switch -c main; git push origin HEAD',
    'git subtree push --prefix=x origin main',
  ])('denied: %s', (command) => {
    const evaluation = denied.decide(project.input({ command, branch: 'feature/x' }))
    expect(evaluation).toMatchObject({ decision: 'DENY', rule: 'loki_branch_scope' })
  })

  it('a push without a branch goes where the caller says it goes, and nowhere when nobody knows', () => {
    const push = (branch?: string) => denied.decide(project.input({ command: 'git push', branch })).decision
    expect([push('feature/x'), push('main'), push()]).toEqual(['ALLOW', 'DENY', 'DENY'])
  })

  it.each([
    'git push origin feature/x',
    'git push -u origin HEAD:refs/heads/feature/x',
    'git push --tags',
    'git push origin tag v1.0',
    'git push origin mainline',
    'git pull origin main',
    'git log main',
    'git merge main',
    'echo git push origin main',
  ])('let through: %s', (command) => {
    expect(denied.decide(project.input({ command, branch: 'feature/x' })).decision).toBe('ALLOW')
  })

  it('an allow list denies every other branch', () => {
    const push = (command: string) => allowed.decide(project.input({ command, branch: 'dev' })).decision
    expect([push('git push origin feature/x'), push('git push origin dev'), push('git push')]).toEqual([
      'ALLOW',
      'DENY',
      'DENY',
    ])
  })

  it('a git action without a command is judged by its branch', () => {
    const act = (branch?: string) => denied.decide(project.input({ kind: 'git', branch })).decision
    expect([act('main'), act(), act('x')]).toEqual(['DENY', 'DENY', 'ALLOW'])
  })
})
