import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPolicies } from '../src/index.js'
import { PACK, PACK_PREFIX } from '../src/pack/pack.js'
import { decideCommand, testProject } from './project.js'

const dir = '/workspace/project'
const at = (level: string): ReturnType<typeof openPolicies> =>
  openPolicies({ projectDir: dir, enabled: true, env: { HOME: '/home/me', LOKI_POLICY_PACK: level } })
const input = (command: string) => ({ kind: 'command', cwd: dir, projectDir: dir, command })
const strict = at('strict')
const broken = (command: string): readonly string[] => strict.decide(input(command)).violations.map(({ rule }) => rule)

describe('each rule of the built-in pack', () => {
  it.each(PACK.flatMap((rule) => rule.examples.deny.map((command) => [rule.name, command] as const)))(
    '%s stops: %s',
    (name, command) => {
      expect(broken(command)).toContain(PACK_PREFIX + name)
    },
  )

  it.each(PACK.flatMap((rule) => rule.examples.allow.map((command) => [rule.name, command] as const)))(
    '%s lets pass: %s',
    (name, command) => {
      expect(broken(command)).not.toContain(PACK_PREFIX + name)
    },
  )

  const quoted = (command: string): string => `'${command.replaceAll("'", `'\\''`)}'`
  const base64 = (command: string): string => Buffer.from(command).toString('base64')
  const DISGUISES: readonly (readonly [string, (command: string) => string])[] = [
    ['quotes', (command) => command.replace(/^(\w)(\w*)/, `'$1'"$2"`)],
    ['a backslash', (command) => `\\${command}`],
    ['$IFS', (command) => command.replace(/^([\w.-]+) (?=[\w-])/, '$1$IFS')],
    ['a variable', (command) => command.replace(/^([\w.-]+)/, 'x=$1; $x')],
    ['env', (command) => `env A=b ${command}`],
    ['nohup and timeout', (command) => `nohup timeout 9 ${command}`],
    ['bash -c', (command) => `bash -c ${quoted(command)}`],
    ['eval', (command) => `eval ${quoted(command)}`],
    ['a function', (command) => `f() { ${command}\n}; f`],
    ['a substitution', (command) => `echo "$(${command}\n)"`],
    ['base64', (command) => `echo ${base64(command)} | base64 -d | sh`],
  ]
  it.each(DISGUISES)('is not evaded by %s', (_, disguise) => {
    for (const rule of PACK) {
      const command = disguise(rule.examples.deny[0] ?? '')
      expect([command, strict.decide(input(command)).decision]).not.toEqual([command, 'ALLOW'])
    }
  })

  it('has a name, a suggestion and examples of both kinds', () => {
    expect(new Set(PACK.map((rule) => rule.name)).size).toBe(PACK.length)
    for (const rule of PACK) {
      expect(rule.name).toMatch(/^[a-z]+\.[a-z]+$/)
      expect([rule.name, rule.suggest === '' || rule.examples.deny.length === 0]).toEqual([rule.name, false])
      expect([rule.name, rule.examples.allow.length === 0]).toEqual([rule.name, false])
    }
  })
})

describe('the level of the pack', () => {
  const lease = 'git push --force-with-lease origin topic'

  it.each([
    ['off', 'ALLOW', 'ALLOW', 'ALLOW'],
    ['minimal', 'DENY', 'ALLOW', 'ALLOW'],
    ['standard', 'DENY', 'REQUIRE_APPROVAL', 'ALLOW'],
    ['STRICT', 'DENY', 'REQUIRE_APPROVAL', 'REQUIRE_APPROVAL'],
  ])('%s', (level, minimal, standard, strictest) => {
    const policies = at(level)
    const answers = ['nsenter -t 1 sh', 'git reset --hard', lease].map(
      (command) => policies.decide(input(command)).decision,
    )
    // A rule of another kind may ask about the shell that nsenter starts.
    expect(answers).toEqual([minimal, standard, strictest])
  })

  it('is a problem that names the variable where it is malformed', () => {
    const [problem] = at('high').problems
    expect(problem).toMatchObject({ file: 'LOKI_POLICY_PACK', code: 'invalid_variable' })
    expect(at('high').decide(input('ls')).decision).toBe('DENY')
  })

  it('is standard where the app turns policies on, and comes from the file where that says it', () => {
    const project = testProject()
    expect(decideCommand(project, 'git reset --hard').rule).toBe('loki_pack.history.reset')
    project.write('.loki/policies.yaml', 'pack: off\n')
    expect(decideCommand(project, 'git reset --hard').decision).toBe('ALLOW')
    project.write('.loki/policies.yaml', 'pack: strict\npolicies:\n  approval_gates: [{name: a}]\n')
    expect(decideCommand(project, lease).decision).toBe('REQUIRE_APPROVAL')
    project.write('.loki/policies.yaml', 'pack: hard\n')
    expect(project.open().problems[0]).toMatchObject({ line: 1, code: 'unknown_value' })
  })
})

describe('ordinary work', () => {
  it.each([
    ...['npm test', 'npm ci', 'git commit -m "drop table"', 'git push', 'docker build .', 'docker compose up -d'],
    ...['kubectl get pods', 'terraform plan', 'make', 'make install', 'rm -rf dist', 'node --test', 'cargo build'],
    ...[
      'cat .env.example',
      'psql -c "select 1"',
      'pip install -r requirements.txt',
      'curl https://example.com',
      'kill 4242',
    ],
    ...[
      'git stash',
      'git rebase main',
      'git checkout -b topic',
      'git merge topic',
      'chmod +x run.sh',
      'ssh host uptime',
    ],
  ])('passes: %s', (command) => {
    expect(at('standard').decide(input(command)).decision).toBe('ALLOW')
  })
})

describe('the documented table of rules', () => {
  it('says what the rules say', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/formats/policies.md'), 'utf8')
    const rows = page
      .split('\n')
      .filter((line) => /^\| `[a-z]+\.[a-z]+` /.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    const wanted = PACK.map((rule) => ['', `\`${rule.name}\``, rule.title, rule.severity, rule.level, rule.action, ''])
    expect(rows).toEqual(wanted)
  })
})
