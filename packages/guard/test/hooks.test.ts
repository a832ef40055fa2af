import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { hookTable, hooksStatus, installHooks, uninstallHooks } from '../src/index.js'
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
}
const HOSTS = ['claude', 'codex', 'gemini'] as const
const DENIES = { claude: 'PreToolUse', codex: 'PreToolUse', gemini: 'BeforeTool' } as const

/** A hook program made for one answer, as an install would name it. */
function program(p: Project, body: string): readonly string[] {
  const file = join(p.root, `hook ${String(Math.random()).slice(2)}.sh`) // a space: quoting is tested with it
  writeFileSync(file, `#!/bin/sh\n${body}\n`)
  chmodSync(file, 0o700)
  return [file]
}
const options = (p: Project, hookCommand: readonly string[] = ['loki', 'hook']): HookInstallOptions => ({
  projectDir: p.dir,
  env: { ...p.env, PATH: '/usr/bin:/bin' },
  scope: 'project',
  hookCommand,
})

describe.each(HOSTS)('hooks of %s', (host) => {
  const file = (p: Project): string => join(p.dir, FILES[host])

  test('are written beside what is there, once, and taken out again without a trace', () => {
    const p = project()
    mkdirSync(join(file(p), '..'), { recursive: true })
    const own = {
      theme: 'dark',
      hooks: { [DENIES[host]]: [{ matcher: 'x', hooks: [{ type: 'command', command: 'other' }] }] },
    }
    const before = `${JSON.stringify(own, null, 2)}\n`
    writeFileSync(file(p), before)
    chmodSync(file(p), 0o640)
    expect(installHooks(host, options(p))).toMatchObject({ changed: true, file: file(p) })
    const installed = JSON.parse(readFileSync(file(p), 'utf8')) as { theme: string; hooks: Record<string, unknown[]> }
    expect(installed.theme).toBe('dark')
    expect(installed.hooks[DENIES[host]]?.[0]).toEqual(own.hooks[DENIES[host]]?.[0])
    expect(installed.hooks[DENIES[host]]).toHaveLength(2)
    expect(installHooks(host, options(p))).toMatchObject({ changed: false })
    expect(statSync(file(p)).mode & 0o777).toBe(0o640)
    uninstallHooks(host, options(p))
    const left = JSON.parse(readFileSync(file(p), 'utf8')) as Record<string, unknown>
    expect(left).toMatchObject(own)
    expect(JSON.stringify(left)).not.toContain('loki')
  })

  test('are only shown with dryRun', () => {
    const p = project()
    expect(installHooks(host, { ...options(p), dryRun: true })).toMatchObject({
      changed: true,
      events: Object.keys(hookTable(host, ['loki'])),
    })
    expect(existsSync(file(p))).toBe(false)
    expect(uninstallHooks(host, options(p))).toMatchObject({ changed: false })
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
    const command = hookTable(host, body === undefined ? ['/nonexistent/loki', 'hook'] : program(p, body))[
      DENIES[host]
    ]?.[0]?.hooks[0]?.command
    const run = (): string =>
      execFileSync('/bin/sh', ['-c', command ?? ''], { input: '{}', stdio: ['pipe', 'pipe', 'pipe'] }).toString()
    expect(run).toThrow(expect.objectContaining({ status: 2 }) as Error)
    try {
      run()
    } catch (thrown) {
      expect(String((thrown as { stderr: Buffer }).stderr)).toContain('Loki')
    }
  })

  test('are seen to bind, or not, by a live canary', async () => {
    const p = project()
    const deny =
      host === 'gemini'
        ? '{"decision":"deny","reason":"no"}'
        : '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"no"}}'
    expect(await hooksStatus(host, options(p))).toMatchObject({
      binds: false,
      problems: [expect.stringContaining('loki hooks install')],
    })
    installHooks(host, options(p, program(p, `cat >/dev/null; echo '${deny}'`)))
    const good = await hooksStatus(host, options(p))
    expect(good.places[0]?.canary).toMatchObject({ blocked: true })
    expect(good.binds).toBe(host !== 'codex') // no codex on this path to ask whether it trusts the hook
    for (const body of ['cat >/dev/null', 'echo not json', `echo '{}'`]) {
      uninstallHooks(host, options(p))
      installHooks(host, options(p, program(p, body)))
      expect(await hooksStatus(host, options(p))).toMatchObject({
        binds: false,
        places: [{ canary: { blocked: false } }, {}],
      })
    }
  })
})

test('hooks of Claude Code block when they fail, and settings that switch all hooks off are named', async () => {
  expect(hookTable('claude', ['loki', 'hook']).PreToolUse?.[0]?.hooks[0]).toMatchObject({
    onFailure: 'block',
    timeout: 600,
  })
  const p = project()
  installHooks('claude', options(p))
  const file = join(p.dir, '.claude', 'settings.json')
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), disableAllHooks: true }))
  expect((await hooksStatus('claude', options(p))).problems).toContainEqual(expect.stringContaining('disableAllHooks'))
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
})
