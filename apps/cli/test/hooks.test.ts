import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

let place: Place
afterEach(() => place.remove())

describe('loki hooks', () => {
  it('install keeps what stands in the settings, status proves that a denial blocks, uninstall leaves no trace', async () => {
    place = new Place()
    const file = join(place.project, '.claude', 'settings.json')
    const own = {
      model: 'opus',
      hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: 'true' }] }] },
    }
    mkdirSync(join(place.project, '.claude'))
    writeFileSync(file, JSON.stringify(own))

    expect((await place.loki(['hooks', 'status', 'claude'])).code).toBe(1)
    const installed = await place.loki(['hooks', 'install', 'claude', '--project'])
    expect(installed).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ model: 'opus' })

    const status = await place.loki(['hooks', 'status', 'claude', '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({ binds: true })
    expect(status.code).toBe(0)
    expect((await place.loki(['hooks', 'status', 'claude'])).stdout).toMatch(/^✓ binds/)

    expect((await place.loki(['hooks', 'uninstall', 'claude'])).code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(own)
  })

  it.each([
    ['opencode', '.opencode/plugin/loki.js'],
    ['copilot', '.github/hooks/loki.json'],
    ['cursor', '.cursor/hooks.json'],
  ])('install, status and uninstall do the same for %s, whose file goes with the hooks', async (host, name) => {
    place = new Place()
    expect((await place.loki(['hooks', 'status', host])).code).toBe(1)
    expect(await place.loki(['hooks', 'install', host])).toMatchObject({ code: 0, stdout: '' })
    expect(existsSync(join(place.project, name))).toBe(true)
    const { code, stdout } = await place.loki(['hooks', 'status', host])
    expect(stdout).toMatch(/^✓ binds/)
    expect(stdout).toContain('What hooks of this host cannot stop')
    expect(code).toBe(0)
    expect((await place.loki(['hooks', 'uninstall', host])).code).toBe(0)
    expect(existsSync(join(place.project, name))).toBe(false)
  })

  it('install --dry-run prints what it would write and writes nothing', async () => {
    place = new Place()
    const { stdout } = await place.loki(['hooks', 'install', 'gemini', '--dry-run', '--user'])
    expect(JSON.parse(stdout)).toHaveProperty('hooks.BeforeTool')
    expect(() => readFileSync(join(place.home, '.gemini', 'settings.json'))).toThrow()
  })

  it('a settings file that is no JSON is an error and stays as it is', async () => {
    place = new Place()
    mkdirSync(join(place.project, '.claude'))
    const file = join(place.project, '.claude', 'settings.json')
    writeFileSync(file, '{ "model": ')
    const { code, stderr } = await place.loki(['hooks', 'install', 'claude'])
    expect(stderr).toContain('settings.json')
    expect(code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe('{ "model": ')
  })
})
