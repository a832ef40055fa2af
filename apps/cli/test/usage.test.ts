import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Place } from './loki.js'

type Wrong = [name: string, args: string[], words: RegExp, env?: Record<string, string>]

const place = new Place()
afterAll(() => place.remove())

describe('wrong usage', () => {
  it.each<Wrong>([
    ['an unknown command', ['audt'], /unknown command 'audt'/],
    ['an unknown option', ['status', '--jsn'], /unknown option '--jsn'/],
    ['a group without a command', ['audit'], /Usage: loki audit/],
    ['one argument too many', ['audit', 'count', 'all'], /too many arguments/],
    ['a missing argument', ['start'], /missing required argument 'prd'/],
    ['a file that is not there', ['start', 'nowhere.md'], /nowhere\.md does not exist/],
    ['a folder instead of a file', ['policy', 'check', '.git'], /is a folder/],
    ['a project that is not there', ['status', '--project', 'nowhere'], /--project nowhere is no folder/],
    ['a log that is not there', ['audit', 'verify', 'nowhere.jsonl'], /nowhere\.jsonl does not exist/],
    ['a count of zero', ['audit', 'log', '0'], /whole number from 1/],
    ['a time that is none', ['audit', 'log', '--since', 'yesterday'], /--since takes a time/],
    ['an unknown host', ['hooks', 'install', 'emacs'], /Allowed choices are claude, codex, gemini/],
    ['two places for hooks', ['hooks', 'install', 'claude', '--user', '--project'], /cannot be used with/],
    ['a number of rounds that is none', ['start', 'nowhere.md', '--max-iterations', 'many'], /whole number from 1/],
    ['a test of nothing', ['policy', 'test'], /--command, --file/],
    ['an unknown provider', ['start', 'PRD.md', '--provider', 'oracle'], /no provider "oracle"/],
    ['a recording that is none', ['start', 'PRD.md', '--replay', 'PRD.md'], /recorded agent/],
    ['a malformed boolean', ['audit', 'count'], /LOKI_AUDIT_DISABLED/, { LOKI_AUDIT_DISABLED: 'maybe' }],
  ])('%s ends with 2 and says what was expected, on standard error', async (_, args, words, env = {}) => {
    writeFileSync(join(place.project, 'PRD.md'), '# Nothing\n')
    const { code, stdout, stderr } = await place.loki(args, { env })
    expect(stderr).toMatch(words)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('a command that is nearly right is suggested', async () => {
    expect((await place.loki(['statsu'])).stderr).toContain('Did you mean status?')
  })

  it('with --json an error is one line of JSON on standard error', async () => {
    const unknown = await place.loki(['status', '--jsn', '--json'])
    expect(JSON.parse(unknown.stderr)).toMatchObject({ error: { code: 'USAGE' } })
    expect(unknown).toMatchObject({ code: 2, stdout: '' })
    const missing = await place.loki(['start', 'nowhere.md', '--json'])
    expect(JSON.parse(missing.stderr)).toMatchObject({
      error: { code: 'USAGE', message: 'nowhere.md does not exist.', next: expect.stringMatching(/path/) as string },
    })
  })

  it('an error carries its stack only where LOKI_DEBUG asks for it', async () => {
    const debug = await place.loki(['start', 'nowhere.md'], { env: { LOKI_DEBUG: '1' } })
    expect(debug.stderr).toMatch(/\n\s+at /)
  })
})

describe('nothing to act on', () => {
  it.each([
    ['pause', ['pause'], /No session is running/],
    ['resume', ['resume'], /No session is running/],
    ['stop', ['stop'], /No session is running/],
    ['a session that is not there', ['stop', 'ses-20260102T030405Z-0a1b2c'], /no session/],
    ['no guard process', ['guard', 'stop'], /No guard process/],
    ['no log', ['audit', 'verify'], /no log/],
  ] as const)('%s ends with 1', async (_, args, words) => {
    const { code, stdout, stderr } = await place.loki(args)
    expect(stderr).toMatch(words)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })

  it('only reading leaves no trace in the project', async () => {
    const clean = new Place()
    for (const args of [['status'], ['audit', 'log'], ['audit', 'count'], ['policy', 'check'], ['config']]) {
      await clean.loki(args)
    }
    const { stdout } = await clean.loki(['status', '--json'])
    expect(JSON.parse(stdout)).toEqual({ projectDir: clean.project, sessions: [], approvals: [] })
    expect((await clean.loki(['audit', 'verify'])).code).toBe(1)
    await clean.remove()
  })
})

describe('help', () => {
  it('without a command prints help on standard output and ends with 0', async () => {
    const { code, stdout, stderr } = await place.loki([])
    expect(stdout).toMatch(/^Usage: loki/)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it.each([['start'], ['audit', 'verify'], ['policy', 'test'], ['hooks', 'install'], ['hook'], ['demo']])(
    '%s %s --help has examples',
    async (...args) => {
      const { code, stdout } = await place.loki([...args, '--help'])
      expect(stdout).toContain(`Usage: loki ${args.join(' ')}`)
      expect(stdout).toMatch(/\nExamples:\n {2}loki /)
      expect(code).toBe(0)
    },
  )

  it('prints its version', async () => {
    expect((await place.loki(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('output', () => {
  it('has no colour in a pipe, none with NO_COLOR, and colour with FORCE_COLOR', async () => {
    const escape = '\u001b['
    expect((await place.loki(['config'])).stdout).not.toContain(escape)
    expect((await place.loki(['config'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(escape)
    const both = { FORCE_COLOR: '1', NO_COLOR: '1' }
    expect((await place.loki(['config'], { env: both })).stdout).not.toContain(escape)
    expect((await place.loki(['config', '--json'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(escape)
  })

  it.each([
    ['status', ['status']],
    ['config', ['config']],
    ['providers', ['providers']],
    ['policy check', ['policy', 'check']],
    ['audit count', ['audit', 'count']],
    ['hooks install', ['hooks', 'install', 'claude', '--dry-run']],
    ['guard status', ['guard', 'status']],
  ] as const)('%s --json is one JSON value', async (_, args) => {
    const { stdout, stderr } = await place.loki([...args, '--json'])
    expect(JSON.parse(stdout)).toBeTypeOf('object')
    expect(stderr).toBe('')
  })

  it('words to people never reach standard output', async () => {
    const { stdout, stderr } = await place.loki(['status'])
    expect(stdout).toBe('')
    expect(stderr).toContain('No sessions')
  })

  it('finds the project from a folder inside it', async () => {
    const inner = join(place.project, 'src', 'deep')
    mkdirSync(inner, { recursive: true })
    const { stdout } = await place.loki(['status', '--json'], { cwd: inner })
    expect(JSON.parse(stdout)).toMatchObject({ projectDir: place.project })
  })
})
