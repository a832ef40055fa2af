import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { HOOK_HOSTS, hooksStatus, installHooks, uninstallHooks } from '../src/index.js'
import type { HookHost, HookInstallOptions } from '../src/index.js'
import { makeProject } from './project.js'
import type { Project } from './project.js'

const projects: Project[] = []
afterEach(async () => {
  await Promise.all(projects.splice(0).map((made) => made.remove()))
})
function project(): Project {
  const made = makeProject()
  projects.push(made)
  return made
}

const FILES: Readonly<Record<HookHost, string>> = {
  claude: '.claude/settings.json',
  codex: '.codex/hooks.json',
  gemini: '.gemini/settings.json',
  opencode: '.opencode/plugin/loki.js',
  copilot: '.github/hooks/loki.json',
  cursor: '.cursor/hooks.json',
}
/** The event before a tool, how an entry of somebody else's looks, and a denial. */
const HOSTS: Readonly<Record<Exclude<HookHost, 'opencode'>, { event: string; other: unknown; deny: string }>> = {
  claude: { event: 'PreToolUse', other: group(), deny: nested() },
  codex: { event: 'PreToolUse', other: group(), deny: nested() },
  gemini: { event: 'BeforeTool', other: group(), deny: '{"decision":"deny","reason":"no"}' },
  copilot: {
    event: 'preToolUse',
    other: { type: 'command', bash: 'other' },
    deny: '{"permissionDecision":"deny","permissionDecisionReason":"no"}',
  },
  cursor: {
    event: 'beforeShellExecution',
    other: { command: 'other' },
    deny: '{"permission":"deny","user_message":"no"}',
  },
}
function group(): unknown {
  return { matcher: 'x', hooks: [{ type: 'command', command: 'other' }] }
}
function nested(): string {
  return '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no"}}'
}

/** A hook program made for one answer, as an install would name it. */
function program(p: Project, body: string): readonly string[] {
  const file = join(p.root, `hook ${String(Math.random()).slice(2)}.sh`) // a space: quoting is tested with it
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o700)
  return [file]
}
/** Denies the canary, and refuses whatever else it is given as what it cannot read. */
function answering(deny: string): string {
  return `case "$(cat)" in *loki-canary*) echo '${deny}';; *) echo 'no' >&2; exit 2;; esac`
}
const options = (p: Project, hookCommand: readonly string[] = ['loki', 'hook']): HookInstallOptions => ({
  projectDir: p.dir,
  env: { ...p.env, PATH: '/usr/bin:/bin' },
  scope: 'project',
  hookCommand,
})

/** The line for the shell that an installed file has for an event, and the entry that it stands in. */
function installedLine(file: string, event: string): { line: string; entry: Record<string, unknown> } {
  const { hooks } = JSON.parse(readFileSync(file, 'utf8')) as { hooks: Record<string, Record<string, unknown>[]> }
  const entries = (hooks[event] ?? []).flatMap((entry) =>
    Array.isArray(entry.hooks) ? (entry.hooks as Record<string, unknown>[]) : [entry],
  )
  const entry = entries.find(({ command, bash }) => String(command ?? bash).endsWith('# loki-hook')) ?? {}
  return { line: String(entry.command ?? entry.bash), entry }
}

function shell(line: string): { status: number; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { input: '{}', encoding: 'utf8' })
  return { status: status ?? -1, stdout, stderr }
}

describe.each(Object.entries(HOSTS))('hooks of %s', (name, { event, other, deny }) => {
  const host = name as HookHost // a key of the table
  const file = (p: Project): string => join(p.dir, FILES[host])

  test('are written beside what is there, once, and taken out again without a trace', () => {
    const p = project()
    mkdirSync(join(file(p), '..'), { recursive: true })
    const own = { theme: 'dark', hooks: { [event]: [other] } }
    const before = `${JSON.stringify(own, null, 2)}\n`
    writeFileSync(file(p), before)
    chmodSync(file(p), 0o640)
    expect(installHooks(host, options(p))).toMatchObject({ changed: true, file: file(p) })
    const installed = JSON.parse(readFileSync(file(p), 'utf8')) as { theme: string; hooks: Record<string, unknown[]> }
    expect(installed.theme).toBe('dark')
    expect(installed.hooks[event]?.[0]).toEqual(other)
    expect(installed.hooks[event]).toHaveLength(2)
    expect(installHooks(host, options(p))).toMatchObject({ changed: false })
    expect(statSync(file(p)).mode & 0o777).toBe(0o640)
    uninstallHooks(host, options(p))
    const left = JSON.parse(readFileSync(file(p), 'utf8')) as Record<string, unknown>
    expect(left).toMatchObject(own)
    expect(JSON.stringify(left)).not.toContain('loki')
  })

  test('cover calls, results and prompts', () => {
    const p = project()
    const { events } = installHooks(host, { ...options(p), dryRun: true })
    const purposes = [/^(pre|before)(tool|shell)/i, /^(post|after)tool/i, /prompt|beforeagent/i]
    for (const purpose of purposes) expect(events.some((one) => purpose.test(one))).toBe(true)
  })

  test('are only shown with dryRun', () => {
    const p = project()
    expect(installHooks(host, { ...options(p), dryRun: true })).toMatchObject({ changed: true })
    expect(existsSync(file(p))).toBe(false)
    expect(uninstallHooks(host, options(p))).toMatchObject({ changed: false })
    installHooks(host, options(p))
    expect(uninstallHooks(host, { ...options(p), dryRun: true })).toMatchObject({ changed: true })
    expect(readFileSync(file(p), 'utf8')).toContain('# loki-hook')
  })

  test('leave settings alone that they cannot read', () => {
    const p = project()
    mkdirSync(join(file(p), '..'), { recursive: true })
    for (const text of ['{ "a": 1, } // comment', '[]', '']) {
      writeFileSync(file(p), text)
      expect(() => installHooks(host, options(p))).toThrow(
        expect.objectContaining({ code: 'BAD_SETTINGS_FILE' }) as Error,
      )
      expect(readFileSync(file(p), 'utf8')).toBe(text)
    }
  })

  test.each([
    ['ends with 1', 'exit 1'],
    ['is killed', 'kill -9 $$'],
    ['is missing', undefined],
    ['cannot be run', 'rm -f "$0"; exit 126'],
  ])('block on their own when the program %s', (_how, body) => {
    const p = project()
    installHooks(host, options(p, body === undefined ? ['/nonexistent/loki', 'hook'] : program(p, body)))
    const { status, stderr } = shell(installedLine(file(p), event).line)
    expect(status).toBe(2)
    expect(stderr).toContain('Loki')
  })

  test('are seen to bind, or not, by a live canary', async () => {
    const p = project()
    expect(await hooksStatus(host, options(p))).toMatchObject({
      binds: false,
      problems: [expect.stringContaining('loki hooks install')],
    })
    installHooks(host, options(p, program(p, answering(deny))))
    const good = await hooksStatus(host, options(p))
    expect(good.places[0]?.canary).toMatchObject({ blocked: true })
    expect(good.binds).toBe(host !== 'codex') // no codex on this path to ask whether it trusts the hook
    expect(good.residual.length).toBeGreaterThan(3)
    expect(Object.values(good.places[0]?.unreadable ?? {}).map(({ blocked }) => blocked)).not.toContain(false)
    for (const body of ['cat >/dev/null', 'echo not json', `echo '{}'`]) {
      uninstallHooks(host, options(p))
      installHooks(host, options(p, program(p, body)))
      expect(await hooksStatus(host, options(p))).toMatchObject({
        binds: false,
        places: [{ canary: { blocked: false } }, {}],
      })
    }
  })

  test('are seen not to bind where a prompt passes that cannot be read', async () => {
    const p = project()
    installHooks(host, options(p, program(p, `case "$(cat)" in *loki-canary*) echo '${deny}';; esac`)))
    const { binds, problems } = await hooksStatus(host, options(p))
    expect(binds).toBe(false)
    expect(problems).toContainEqual(expect.stringContaining('cannot read'))
  })

  test('are said to be incomplete when an event is taken away', async () => {
    const p = project()
    installHooks(host, options(p, program(p, answering(deny))))
    const settings = JSON.parse(readFileSync(file(p), 'utf8')) as { hooks: Record<string, unknown> }
    const [gone = ''] = Object.keys(settings.hooks).filter((one) => one !== event)
    settings.hooks[gone] = []
    writeFileSync(file(p), JSON.stringify(settings))
    const { binds, problems } = await hooksStatus(host, options(p))
    expect(binds).toBe(false)
    expect(problems).toContainEqual(expect.stringContaining(`lacks ${gone}`))
  })
})

describe('a hook of Copilot CLI that fails', () => {
  const line = (p: Project, event: string): string => {
    installHooks('copilot', options(p, ['/nonexistent/loki', 'hook']))
    return installedLine(join(p.dir, FILES.copilot), event).line
  }

  test('refuses a prompt in JSON, because an exit code would send it', () => {
    const { status, stdout } = shell(line(project(), 'userPromptSubmitted'))
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ decision: 'block', reason: expect.stringContaining('Loki') as string })
  })
  test('keeps a result from the model in JSON, because an exit code would show it', () => {
    const { status, stdout } = shell(line(project(), 'postToolUse'))
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      modifiedResult: { textResultForLlm: expect.stringContaining('Loki') as string },
    })
  })
})

test('files that held nothing but the hooks are taken away with them', () => {
  const p = project()
  for (const host of ['opencode', 'copilot', 'cursor'] as const) {
    installHooks(host, options(p))
    expect(existsSync(join(p.dir, FILES[host]))).toBe(true)
    expect(uninstallHooks(host, options(p))).toMatchObject({ changed: true, events: [] })
    expect(existsSync(join(p.dir, FILES[host]))).toBe(false)
  }
})

describe('the plugin of opencode', () => {
  const file = (p: Project): string => join(p.dir, FILES.opencode)

  test('is written once, only for its owner, and shown with dryRun', () => {
    const p = project()
    expect(installHooks('opencode', { ...options(p), dryRun: true })).toMatchObject({ changed: true })
    expect(existsSync(file(p))).toBe(false)
    expect(installHooks('opencode', options(p))).toMatchObject({ changed: true, file: file(p) })
    expect(statSync(file(p)).mode & 0o777).toBe(0o600)
    expect(installHooks('opencode', options(p))).toMatchObject({ changed: false })
    expect(installHooks('opencode', options(p, ['other', 'hook']))).toMatchObject({ changed: true })
  })

  test('does not take the place of a file that somebody else wrote', () => {
    const p = project()
    mkdirSync(join(file(p), '..'), { recursive: true })
    writeFileSync(file(p), 'export const Mine = async () => ({})\n')
    const refused = expect.objectContaining({ code: 'BAD_SETTINGS_FILE' }) as Error
    expect(() => installHooks('opencode', options(p))).toThrow(refused)
    expect(() => uninstallHooks('opencode', options(p))).toThrow(refused)
    expect(readFileSync(file(p), 'utf8')).toContain('Mine')
  })

  test('is seen to bind, or not, by a live canary, and so is one that was changed', async () => {
    const p = project()
    const status = (): ReturnType<typeof hooksStatus> => hooksStatus('opencode', options(p))
    expect((await status()).problems).toEqual([expect.stringContaining('loki hooks install opencode')])
    installHooks('opencode', options(p, program(p, answering('{"decision":"deny","reason":"no"}'))))
    expect(await status()).toMatchObject({ binds: true, places: [{ canary: { blocked: true, detail: 'no' } }, {}] })
    expect(Object.values((await status()).places[0]?.unreadable ?? {})).toMatchObject([
      { blocked: true },
      { blocked: true },
    ])
    expect((await hooksStatus('opencode', { ...options(p), env: { ...p.env, OPENCODE_PURE: '1' } })).binds).toBe(false)
    installHooks('opencode', options(p, program(p, `cat >/dev/null; echo '{"decision":"allow"}'`)))
    expect(await status()).toMatchObject({ binds: false, places: [{ canary: { blocked: false } }, {}] })
    installHooks('opencode', options(p, program(p, 'exit 1')))
    expect(await status()).toMatchObject({ binds: true })
    const text = readFileSync(file(p), 'utf8')
    writeFileSync(file(p), text.replace('allowed(await ask(toolCall(', '(await ask(toolCall('))
    const changed = await status()
    expect(changed.binds).toBe(false)
    expect(changed.problems).toContainEqual(expect.stringContaining('was changed'))
    writeFileSync(file(p), `${text.split('\n')[0] ?? ''}\nsyntax error (`)
    expect(await status()).toMatchObject({ binds: false, places: [{ canary: { blocked: false } }, {}] })
  })
})

test('hooks of Claude Code block when they fail, and settings that switch all hooks off are named', async () => {
  const p = project()
  installHooks('claude', options(p))
  const file = join(p.dir, '.claude', 'settings.json')
  expect(installedLine(file, 'PreToolUse').entry).toMatchObject({ onFailure: 'block', timeout: 600 })
  expect(installedLine(file, 'UserPromptSubmit').entry).toMatchObject({ onFailure: 'block', timeout: 30 })
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), disableAllHooks: true }))
  expect((await hooksStatus('claude', options(p))).problems).toContainEqual(expect.stringContaining('disableAllHooks'))
})

test('hooks of Claude Code and Cursor that lost their switch to fail closed are named', async () => {
  const p = project()
  for (const [host, event, field] of [
    ['claude', 'PreToolUse', 'onFailure'],
    ['cursor', 'preToolUse', 'failClosed'],
  ] as const) {
    const { file } = installHooks(host, options(p, program(p, answering(HOSTS[host].deny))))
    expect((await hooksStatus(host, options(p))).binds).toBe(true)
    const { line } = installedLine(file, event)
    const open = readFileSync(file, 'utf8').replaceAll(new RegExp(`,\\s*"${field}": [^\\n,}]+`, 'g'), '')
    expect(open).toContain(JSON.stringify(line).slice(1, -1))
    writeFileSync(file, open)
    const { binds, problems } = await hooksStatus(host, options(p))
    expect(binds).toBe(false)
    expect(problems).toContainEqual(expect.stringContaining(event))
  }
})

test('settings beside the hooks that switch them off are named', async () => {
  const p = project()
  const off: [HookHost, string, unknown, RegExp][] = [
    ['gemini', '.gemini/settings.json', { hooksConfig: { disabled: ['loki'] } }, /hooksConfig\.disabled/],
    ['copilot', '.github/copilot/settings.json', { disableAllHooks: true }, /disableAllHooks/],
  ]
  for (const [host, name, settings, problem] of off) {
    const file = join(p.dir, name)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, JSON.stringify(settings))
    installHooks(host, options(p, program(p, answering(HOSTS[host as 'gemini'].deny))))
    const { binds, problems } = await hooksStatus(host, options(p))
    expect(binds).toBe(false)
    expect(problems).toContainEqual(expect.stringMatching(problem))
  }
})

test('hooks of Gemini CLI pin that hooks run', () => {
  const p = project()
  installHooks('gemini', options(p))
  expect(JSON.parse(readFileSync(join(p.dir, '.gemini/settings.json'), 'utf8'))).toMatchObject({
    hooksConfig: { enabled: true },
  })
})

test('user settings lie where each host looks for them', () => {
  const p = project()
  const user = { ...options(p), scope: 'user' as const }
  expect(installHooks('claude', user).file).toBe(join(p.home, '.claude/settings.json'))
  expect(installHooks('codex', { ...user, env: { ...user.env, CODEX_HOME: join(p.home, 'cx') } }).file).toBe(
    join(p.home, 'cx/hooks.json'),
  )
  expect(installHooks('gemini', user).file).toBe(join(p.home, '.gemini/settings.json'))
  expect(installHooks('opencode', user).file).toBe(join(p.home, '.config/opencode/plugin/loki.js'))
  expect(installHooks('copilot', user).file).toBe(join(p.home, '.copilot/hooks/loki.json'))
  expect(installHooks('copilot', { ...user, env: { ...user.env, COPILOT_HOME: join(p.home, 'cp') } }).file).toBe(
    join(p.home, 'cp/hooks/loki.json'),
  )
  expect(installHooks('cursor', user).file).toBe(join(p.home, '.cursor/hooks.json'))
  expect(HOOK_HOSTS).toHaveLength(6)
})
