import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkProvider, readResidency } from '../src/index.js'
import { testProject } from './project.js'

const project = testProject()
const FILE = '.loki/residency.json'
const ANY = { providers: [], regions: [], airGapped: false }

function read(env: NodeJS.ProcessEnv = {}): ReturnType<typeof readResidency> {
  return readResidency({ projectDir: project.dir, env })
}

function decide(input: object, env: NodeJS.ProcessEnv = {}): string {
  const policies = project.open({ env: { HOME: project.home, ...env } })
  return policies.decide(project.input({ kind: 'model_call', provider: 'claude', ...input })).decision
}

afterEach(() => {
  rmSync(join(project.dir, FILE), { recursive: true, force: true })
})

describe('a provider', () => {
  it('is refused where it, or its region, is not listed or not known', () => {
    const listed = { ...ANY, providers: ['claude'], regions: ['eu'] }
    expect(checkProvider('codex', 'eu', listed)).toMatchObject({ allowed: false, suggest: 'use claude' })
    expect(checkProvider(undefined, 'eu', listed)).toMatchObject({ allowed: false })
    expect(checkProvider('claude', 'us', listed).reason).toBe('the region us may not be used')
    expect(checkProvider('claude', undefined, listed).reason).toMatch(/not known/)
    expect(checkProvider('claude', ' ', listed)).toMatchObject({ allowed: false })
    expect(checkProvider('Claude', 'EU', listed)).toEqual({ allowed: true, reason: 'residency does not object' })
  })

  it('may be any where nothing is listed', () => {
    expect(checkProvider(undefined, undefined, ANY).allowed).toBe(true)
  })

  it('is on this machine, in air-gapped mode', () => {
    const airGapped = { ...ANY, airGapped: true }
    for (const provider of ['claude', 'command', undefined, 'localai', 'ollama.example.org'])
      expect(checkProvider(provider, undefined, airGapped).allowed).toBe(false)
    for (const provider of ['local', 'Ollama', 'replay'])
      expect(checkProvider(provider, undefined, airGapped).allowed).toBe(true)
    expect(checkProvider('ollama', 'eu', { ...airGapped, regions: ['us'] }).allowed).toBe(false)
  })
})

describe('reading', () => {
  it('finds nothing where nothing is set', () => {
    expect(read({ LOKI_RESIDENCY_REGIONS: ' ', LOKI_AIR_GAPPED: '' })).toEqual({
      found: false,
      residency: ANY,
      problems: [],
      file: join(project.dir, FILE),
    })
  })

  it('takes the file, and a variable before it', () => {
    project.write(FILE, '{"allowed_providers": ["Claude"], "allowed_regions": ["EU", "eu-west-1"], "air_gapped": true}')
    expect(read().residency).toEqual({ providers: ['claude'], regions: ['eu', 'eu-west-1'], airGapped: true })
    expect(read({ LOKI_RESIDENCY_PROVIDERS: 'codex, gemini', LOKI_AIR_GAPPED: 'off' }).residency).toEqual({
      providers: ['codex', 'gemini'],
      regions: ['eu', 'eu-west-1'],
      airGapped: false,
    })
  })

  it.each([
    ['{', 'syntax'],
    ['', 'syntax'],
    ['[]', 'wrong_type'],
    ['null', 'wrong_type'],
    ['{"air_gapped": "true"}', 'wrong_type'],
    ['{"allowed_regions": "eu"}', 'wrong_type'],
    ['{"allowed_regions": ["eu", 1]}', 'wrong_type'],
    ['{"allowed_providers": [""]}', 'wrong_type'],
    ['{"allowed_provider": ["claude"]}', 'unknown_key'],
    [`{"allowed_regions": ${JSON.stringify(Array.from({ length: 300 }, () => 'eu'))}}`, 'wrong_type'],
    [' '.repeat(70_000), 'too_large'],
  ])('refuses %.40s, and everything with it', (text, code) => {
    project.write(FILE, text)
    expect(read().problems).toMatchObject([{ file: join(project.dir, FILE), code }])
    const policies = project.open({ enabled: undefined as never })
    expect(policies.decide(project.input({ command: 'ls' }))).toMatchObject({
      decision: 'DENY',
      rule: 'loki_policy_problem',
    })
  })

  it('refuses a file that cannot be read', () => {
    mkdirSync(join(project.dir, FILE))
    expect(read().problems).toMatchObject([{ code: 'unreadable' }])
    chmodSync(join(project.dir, FILE), 0o700)
  })

  it.each([
    ['LOKI_AIR_GAPPED', 'yep'],
    ['LOKI_RESIDENCY_PROVIDERS', 'claude;codex'],
    ['LOKI_RESIDENCY_REGIONS', 'eu*'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(read({ [name]: value }).problems).toMatchObject([{ file: name, code: 'invalid_variable' }])
    expect(decide({}, { [name]: value })).toBe('DENY')
  })
})

describe('a model call', () => {
  it('is denied where residency forbids it, with the reason and what to do', () => {
    const policies = project.open({ env: { HOME: project.home, LOKI_RESIDENCY_REGIONS: 'eu' } })
    expect(policies.decide(project.input({ kind: 'model_call', provider: 'claude' }))).toMatchObject({
      decision: 'DENY',
      rule: 'loki_residency',
      reason: 'the region is not known, and only listed regions may be used',
      violations: [{ point: 'resource' }],
    })
    expect(decide({ region: 'EU' }, { LOKI_RESIDENCY_REGIONS: 'eu' })).toBe('ALLOW')
    expect(decide({ provider: undefined }, { LOKI_RESIDENCY_PROVIDERS: 'claude' })).toBe('DENY')
    expect(decide({ kind: 'other', provider: 'codex' }, { LOKI_RESIDENCY_PROVIDERS: 'claude' })).toBe('DENY')
    expect(decide({ kind: 'command', provider: undefined, command: 'ls' }, { LOKI_AIR_GAPPED: '1' })).toBe('ALLOW')
  })

  it('stays on this machine in air-gapped mode, whatever the address or the model is called', () => {
    const air = { LOKI_AIR_GAPPED: 'true' }
    expect(decide({}, air)).toBe('DENY')
    expect(decide({ provider: 'ollama' }, air)).toBe('ALLOW')
    for (const url of ['http://localhost:11434', 'http://127.0.0.1:1/', 'http://[::1]:1/', 'http://a.localhost/'])
      expect(decide({ provider: 'ollama', url }, air)).toBe('ALLOW')
    for (const url of [
      'https://ollama.com',
      'http://127.0.0.1.example.org',
      'http://localhost.example.org',
      'nonsense',
      'http://10.0.0.1',
    ])
      expect(decide({ provider: 'ollama', url }, air)).toBe('DENY')
    expect(decide({ provider: 'ollama', model: 'gpt-oss:120b-cloud' }, air)).toBe('DENY')
    expect(decide({ provider: 'ollama', model: 'gpt-oss:20b' }, air)).toBe('ALLOW')
  })

  it('is not asked about where nothing is set, and policies without a file stay off', () => {
    const policies = project.open({ enabled: undefined as never })
    expect(policies.enabled).toBe(false)
    expect(policies.files).toContain(join(project.dir, FILE))
    project.write(FILE, '{"air_gapped": true}')
    expect(
      project.open({ enabled: undefined as never }).decide(project.input({ kind: 'model_call', provider: 'claude' }))
        .decision,
    ).toBe('DENY')
  })
})
