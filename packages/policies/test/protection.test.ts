import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decideCommand, testProject } from './project.js'

const project = testProject()
for (const name of ['.claude', '.codex', '.gemini']) mkdirSync(join(project.dir, name))
symlinkSync('.loki', join(project.dir, 'innocent'))
project.write('.loki/state.yaml', '')
project.write('.claude/settings.json', '{}')
mkdirSync(join(project.dir, 'deep/er'), { recursive: true })
linkSync(join(project.dir, '.loki/state.yaml'), join(project.dir, 'notes.yaml'))
linkSync(join(project.dir, '.claude/settings.json'), join(project.dir, 'deep/er/settings.txt'))
writeFileSync(join(project.dir, 'twin'), '')
linkSync(join(project.dir, 'twin'), join(project.dir, 'twin2'))
symlinkSync('deep/er', join(project.dir, 'shortcut'))
const policies = project.open()

const FILES = [
  '.loki/policies.yaml',
  '.loki/audit/audit.jsonl',
  '.LOKI/policies.yaml',
  'src/../.loki/x',
  'innocent/policies.yaml',
  '.claude/settings.json',
  '.claude/settings.local.json',
  '.codex/hooks.json',
  '.codex/config.toml',
  '.gemini/settings.json',
  '.git/hooks/pre-push',
  '~/.loki/x',
  '~/.claude/settings.json',
  '~/.codex/anything',
  '~/.gemini/settings.json',
  '.cursor/hooks.json',
  '.opencode/plugin/loki.js',
  '.github/hooks/loki.json',
  '.github/copilot/settings.json',
  '~/.copilot/hooks/loki.json',
  '/etc/claude-code/managed-settings.json',
  '/etc/codex/requirements.toml',
  // Other names of the same file.
  'notes.yaml',
  'deep/er/settings.txt',
  'shortcut/../../.loki/x',
  '/proc/self/cwd/.loki/x',
  '/proc/self/task/1/cwd/.loki/x',
  './/.loki//.//x',
  'innocent/../.loki/x',
  // Names that some file systems take for the same.
  '.Loki/policies.yaml',
  '.lo\u212Ai/policies.yaml',
  '.l\u200doki/policies.yaml',
  '.loki./policies.yaml',
  '.git/config',
]

describe('an agent may not change what governs it', () => {
  it.each(FILES)('by writing %s', (path) => {
    expect(policies.decide(project.input({ kind: 'file_write', paths: [path] }))).toMatchObject({
      decision: 'DENY',
      rule: 'loki_self_protection',
    })
    expect(policies.decide(project.input({ kind: 'file_read', paths: [path] })).decision).toBe('ALLOW')
  })

  it.each([
    'rm .loki/policies.yaml',
    'rm -rf .loki',
    'rm -rf .loki/',
    'rm -r .claude',
    'mv .loki /tmp/x',
    'mv .claude/settings.json x',
    'mv src/x .loki',
    'cp evil.yaml .loki/policies.yaml',
    'cp evil/settings.json .claude/',
    'cp -r evil/. .claude',
    'echo {} > .claude/settings.json',
    'echo {} >.claude/"settings".json',
    'cat x | tee -a .git/hooks/pre-commit',
    'chmod 777 .loki/policies.yaml',
    'chmod -R a+w .loki',
    'ln -s /dev/null .git/hooks/pre-push',
    'ln .loki/policies.yaml mine',
    'sed -i s/deny/warn/ .loki/policies.yaml',
    'truncate -s0 .loki/audit/audit.jsonl',
    'dd of=.loki/policies.yaml',
    'cd .loki && rm policies.yaml',
    'find .loki -delete',
    'rm -rf .lok*',
    'touch ~/.codex/config.toml',
    'python -c "import shutil; shutil.rmtree(\'.loki\')"',
    "bash -c 'rm .loki/x'",
  ])('by %s', (command) => {
    expect(decideCommand(project, command, policies).decision).toBe('DENY')
  })

  it('not through a descriptor that only the process can follow', () => {
    expect(
      policies.decide(project.input({ kind: 'file_write', paths: ['/dev/fd/7/.loki/policies.yaml'] })).decision,
    ).toBe('DENY')
  })

  it('and is asked where the folder cannot be known', () => {
    expect(decideCommand(project, 'rm "$X/.loki/policies.yaml"', policies).decision).toBe('REQUIRE_APPROVAL')
  })

  it('may read it, and write beside it', () => {
    for (const command of [
      'cat .loki/policies.yaml',
      'ls .git/hooks',
      'echo x > .lokirc',
      'touch .claude/commands.md',
      'git add .claude',
      'rm *.json',
      'echo x > twin2',
      'cat notes.yaml',
      'rm notes.yaml',
      'echo x > .loki-notes',
    ])
      expect([command, decideCommand(project, command, policies).decision]).toEqual([command, 'ALLOW'])
  })

  it('nor the folders that variables move', () => {
    const moved = project.open({
      env: { HOME: project.home, LOKI_HOME: '/srv/loki', CLAUDE_CONFIG_DIR: '/srv/claude' },
    })
    for (const path of ['/srv/loki/x', '/srv/claude/settings.json'])
      expect(moved.decide(project.input({ kind: 'file_write', paths: [path] })).decision).toBe('DENY')
  })
})
