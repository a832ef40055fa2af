import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPolicies } from '@loki/policies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secondWall } from '../src/index.js'
import type { SecondWall } from '../src/index.js'

const POLICY = `policies:
  pre_execution:
    - { name: no-push, command: git push, action: deny }
    - { name: ask-publish, command: [npm publish, pnpm publish *], action: require_approval }
    - { name: no-globs, command: 'rm *.ts', action: deny }
    - { name: keep-out, path: 'infra/**', action: deny }
    - { name: do-not-write, path: /etc/hosts, access: write, action: deny }
    - { name: no-issues, service: github/create_issue, action: deny }
    - { name: no-jira, service: jira, action: require_approval }
    - { name: no-host, url: 'https://evil.example/*', action: deny }
    - { name: no-page, url: 'example.com/upload/*', action: deny }
    - { name: no-model, model: claude-opus-4, action: deny }
    - { name: on-main, command: git commit, branch: main, action: deny }
    - { name: by-when, when: 'kind == "command"', action: deny }
    - { name: only-told, command: git fetch, action: deny, mode: shadow }
`

describe('a policy in the words of a host', () => {
  let root: string
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'loki-wall-')))
  })
  afterEach(() => {
    rmSync(root, { recursive: true, force: true })
  })

  const wall = (host: string, env: NodeJS.ProcessEnv = {}): SecondWall => {
    const file = join(root, 'policies.yaml')
    writeFileSync(file, POLICY)
    const policies = openPolicies({ projectDir: root, file, env: { HOME: root, ...env }, enabled: true })
    expect(policies.problems).toEqual([])
    return secondWall(host, { policies, env, hookCommand: ['/usr/bin/node', '/opt/loki/main.js', 'hook'] })
  }
  const left = ({ untranslated }: SecondWall): string[] =>
    untranslated
      .map(({ rule }) => rule)
      .filter((rule) => !rule.startsWith('loki_'))
      .sort()

  it('is refused for a host that has no such settings', () => {
    expect(() => wall('opencode')).toThrow(expect.objectContaining({ code: 'UNKNOWN_HOST' }) as Error)
  })

  it.each(['claude', 'codex', 'gemini'])('drops no rule in silence (%s)', (host) => {
    const { files, untranslated } = wall(host)
    const text = files.map(({ content }) => content).join('\n')
    const said = new Set([...untranslated.map(({ rule }) => rule)])
    const names = [
      'no-push',
      'ask-publish',
      'no-globs',
      'keep-out',
      'do-not-write',
      'no-issues',
      'no-jira',
      'no-host',
      'no-page',
      'no-model',
      'on-main',
      'by-when',
      'only-told',
    ]
    const marks: Record<string, RegExp> = {
      'no-push': /git push|"git","push"/,
      'ask-publish': /npm publish|"npm","publish"/,
      'keep-out': /infra/,
      'do-not-write': /etc/,
      'no-issues': /create_issue/,
      'no-jira': /jira/,
      'no-host': /evil/,
      'no-model': /opus/,
    }
    for (const name of names) expect([name, said.has(name) || marks[name]?.test(text) === true]).toEqual([name, true])
    expect(untranslated.every(({ why }) => why.length > 10)).toBe(true)
    expect(said.has('loki_secret_detection')).toBe(true)
  })

  it('for Claude Code denies, asks, keeps its hooks and cannot be bypassed', () => {
    const made = wall('claude', {
      SCOPE_ALLOWED_HOSTS: 'registry.npmjs.org',
      LOKI_BLOCKED_COMMANDS: 'terraform destroy',
    })
    const settings = JSON.parse(made.files[0]?.content ?? '') as Record<string, Record<string, unknown>>
    expect(settings.permissions?.deny).toEqual(
      expect.arrayContaining([
        'Bash(git push *)',
        'Bash(terraform destroy)',
        'Edit(//etc/hosts)',
        'Edit(/infra/**)',
        'Read(/infra/**)',
        'Edit(/.loki/**)',
        'mcp__github__create_issue',
        'WebFetch(domain:evil.example)',
      ]),
    )
    expect(settings.permissions?.deny).not.toContain('Read(//etc/hosts)')
    expect(settings.permissions?.ask).toEqual([
      'Bash(npm publish *)',
      'Bash(npm publish)',
      'Bash(pnpm publish *)',
      'Bash(pnpm publish)',
      'mcp__jira',
    ])
    expect(settings).toMatchObject({
      allowManagedHooksOnly: true,
      permissions: { disableBypassPermissionsMode: 'disable' },
      hooks: { PreToolUse: [{ hooks: [{ onFailure: 'block' }] }] },
      deniedModels: ['claude-opus-4'],
      sandbox: {
        enabled: true,
        failIfUnavailable: true,
        network: { allowedDomains: ['registry.npmjs.org'], deniedDomains: ['evil.example'] },
      },
    })
    expect(left(made)).toEqual(['by-when', 'no-globs', 'no-page', 'on-main', 'only-told'])
  })

  it('for Codex forbids and asks by the first words of commands, and pins the hooks', () => {
    const made = wall('codex')
    const [requirements = '', rules = ''] = made.files.map(({ content }) => content)
    expect(rules).toContain('prefix_rule(pattern = ["git","push"], decision = "forbidden"')
    expect(rules).toContain('prefix_rule(pattern = ["pnpm","publish"], decision = "prompt"')
    expect(requirements).toMatch(/allowed_sandbox_modes = \["read-only", "workspace-write"\]/)
    expect(requirements).toMatch(/\[features\]\nhooks = true/)
    expect(requirements).toMatch(/\[\[hooks\.PreToolUse\.hooks\]\]\ntype = "command"\ncommand = ".*main\.js hook codex/)
    expect(left(made)).not.toContain('no-push')
    expect(left(made)).toContain('keep-out')
  })

  it('for Gemini CLI denies by prefix, server and pattern', () => {
    const made = wall('gemini')
    const [policy = '', settings = ''] = made.files.map(({ content }) => content)
    expect(policy).toContain('commandPrefix = ["git push"]\ndecision = "deny"\npriority = 999')
    expect(policy).toContain('commandPrefix = ["npm publish", "pnpm publish"]\ndecision = "ask_user"')
    expect(policy).toContain('mcpName = "github"\ntoolName = "create_issue"')
    expect(policy).toContain('evil\\\\.example')
    expect(JSON.parse(settings)).toMatchObject({ hooksConfig: { enabled: true } })
    expect(left(made)).toEqual(['by-when', 'no-globs', 'no-model', 'no-page', 'on-main', 'only-told'])
  })
})
