import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

describe('the pre-push hook', () => {
  let place: Place
  let remote: string
  const env = (): Record<string, string> => ({
    ...place.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.com',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.com',
  })
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: place.project, env: env(), encoding: 'utf8', stdio: 'pipe' })
  const push = (more: Record<string, string>, ...args: string[]): { code: number | null; stderr: string } => {
    const { status, stderr } = spawnSync('git', ['push', ...args], {
      cwd: place.project,
      env: { ...env(), ...more },
      encoding: 'utf8',
    })
    return { code: status, stderr }
  }
  const commit = (name: string): void => {
    writeFileSync(join(place.project, name), name)
    git('add', name)
    git('commit', '-q', '-m', name)
  }
  const hook = (): string => join(place.project, '.git', 'hooks', 'pre-push')

  beforeEach(async () => {
    place = new Place()
    remote = join(place.root, 'remote.git')
    rmSync(join(place.project, '.git'), { recursive: true })
    mkdirSync(remote)
    execFileSync('git', ['init', '-q', '--bare', remote], { env: env() })
    git('init', '-q', '-b', 'main')
    git('remote', 'add', 'origin', remote)
    commit('one')
    git('push', '-q', 'origin', 'main', 'main:feature')
    expect(await place.loki(['git-hook', 'install'])).toMatchObject({ code: 0 })
  })
  afterEach(() => place.remove())

  it('stops a push to a denied branch, however it is spelled', () => {
    const denied = { SCOPE_DENIED_BRANCHES: 'main' }
    commit('two')
    for (const args of [
      ['origin', 'main'],
      ['origin', 'HEAD:refs/heads/main'],
      ['--all', 'origin'],
      [remote, 'main'],
    ]) {
      const { code, stderr } = push(denied, ...args)
      expect(code).not.toBe(0)
      expect(stderr).toMatch(/Loki: .*main/)
    }
    expect(push(denied, 'origin', 'main:feature').code).toBe(0)
  })

  it('stops what rewrites or deletes a protected branch of the remote', () => {
    git('commit', '-q', '--amend', '-m', 'other')
    expect(push({}, '--force', 'origin', 'main').stderr).toMatch(/protected branch/)
    expect(push({}, 'origin', '--delete', 'main').stderr).toMatch(/protected branch/)
    expect(push({}, 'origin', 'main:another').code).toBe(0)
  })

  it('stops every push while the program cannot answer', () => {
    commit('two')
    const text = readFileSync(hook(), 'utf8')
    writeFileSync(hook(), text.replace(/'[^']*main\.js'/, "'/nowhere/main.js'"))
    expect(push({}, 'origin', 'main:feature')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/refused/) as string,
    })
  })

  it('lets a push through in silence, and puts who pushed what on the record', () => {
    commit('two')
    expect(push({}, '-q', 'origin', 'main:feature')).toEqual({ code: 0, stderr: '' })
    const log = readFileSync(join(place.project, '.loki', 'audit', 'audit.jsonl'), 'utf8')
    expect(log).toMatch(/"who":"cli:[^"]+"/)
    expect(log).toMatch(/git push origin [0-9a-f]{40}:refs\/heads\/feature/)
  })

  it('runs the hook that was there before with the same input, and gives it back', async () => {
    await place.loki(['git-hook', 'uninstall'])
    expect(existsSync(hook())).toBe(false)
    const seen = join(place.root, 'seen')
    writeFileSync(hook(), `#!/bin/sh\necho "$1" > '${seen}'; cat >> '${seen}'; exit 7\n`)
    chmodSync(hook(), 0o755)
    const before = readFileSync(hook(), 'utf8')
    expect((await place.loki(['git-hook', 'status'])).code).toBe(1)
    expect((await place.loki(['git-hook', 'install'])).stderr).toMatch(/runs after it/)
    expect((await place.loki(['git-hook', 'install'])).stderr).toMatch(/nothing to do/)
    commit('two')
    expect(push({}, 'origin', 'main:feature').code).not.toBe(0)
    expect(readFileSync(seen, 'utf8')).toMatch(
      /^origin\nrefs\/heads\/main [0-9a-f]{40} refs\/heads\/feature [0-9a-f]{40}\n$/,
    )
    expect((await place.loki(['git-hook', 'uninstall'])).code).toBe(0)
    expect(readFileSync(hook(), 'utf8')).toBe(before)
  })

  it('refuses what is no repository, and what git does not write', async () => {
    const outside = await place.loki(['git-hook', 'install', '--dir', place.home])
    expect(outside).toMatchObject({ code: 1, stderr: expect.stringMatching(/git repository/) as string })
    expect((await place.loki(['git-hook', 'pre-push', 'origin'], { input: 'refs/heads/main x y z\n' })).code).toBe(1)
    expect((await place.loki(['git-hook', 'pre-push', 'origin'], { input: '' })).code).toBe(0)
  })
})
