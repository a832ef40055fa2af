import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listSessions } from '../../src/index.js'
import { makeProject, type TestProject } from '../project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

function starting(env: NodeJS.ProcessEnv, gateProfile?: string): Promise<unknown> {
  return project.start({ env: { ...project.env, ...env }, ...(gateProfile === undefined ? {} : { gateProfile }) })
}

describe('gates that cannot be understood refuse to start, and nothing is left of the session', () => {
  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['a security scan that is turned off', { GATE_SECURITY_SCAN: 'false' }, 'it cannot be turned off'],
    ['peer review, which there is none of', { GATE_PEER_REVIEW_COUNT: '2' }, 'no peer review yet'],
    ['a performance check, which there is none of', { GATE_PERFORMANCE_CHECK: 'yes' }, 'no performance check yet'],
    ['a boolean that is none', { GATE_TESTS_REQUIRED: 'maybe' }, 'GATE_TESTS_REQUIRED is "maybe" in the environment'],
    ['a percentage with its sign', { GATE_MIN_COVERAGE: '80%' }, 'expected a number from 0 to 100'],
    ['more than everything', { GATE_MIN_COVERAGE: '101' }, 'expected a number from 0 to 100'],
    ['a fingerprint that is none', { GATE_SECURITY_ALLOW: 'src/keys.ts' }, 'expected fingerprints'],
    ['a name that is taken', { GATE_CUSTOM_TESTS: 'true' }, "the name of a gate of Loki's own"],
    ['a name in small letters', { GATE_CUSTOM_lint: 'true' }, 'its name takes capitals'],
    [
      'a profile that there is none of',
      { LOKI_GATE_PROFILE: 'strict' },
      'production-critical, internal-tooling, prototype',
    ],
    ['a profile by path', { LOKI_GATE_PROFILE: '../strict' }, 'the name of a profile'],
  ])('%s', async (_name, env, message) => {
    const started = starting(env)
    await expect(started).rejects.toMatchObject({ code: 'BAD_GATES' })
    await expect(started).rejects.toThrow(message)
    expect(listSessions(project.dir)).toEqual([])
  })

  test.each<[string, string, RegExp]>([
    ['a line without =', '# ours\nGATE_TESTS_REQUIRED\n', /KEY=VALUE in line 2 of .*team\.conf/],
    ['a line with export', 'export GATE_TESTS_REQUIRED=true\n', /KEY=VALUE in line 1 of/],
    ['a variable of another kind', 'GATE_TESTS_REQUIRED=true\nPATH=/tmp\n', /a GATE_ variable in line 2 of .*got PATH/],
    ['a misspelt variable', 'GATE_MIN_COVERGE=80\n', /a GATE_ variable in line 1 of/],
    ['the same twice', 'GATE_MIN_COVERAGE=80\nGATE_MIN_COVERAGE=10\n', /once, got it again in line 2 of/],
    ['a quote alone', 'GATE_COVERAGE_REPORT="a\n', /both quotes .* in line 1 of/],
    ['a value that is none', '\nGATE_MIN_COVERAGE=high\n', /"high" in line 2 of .*team\.conf/],
    ['a scan that is turned off', 'GATE_SECURITY_SCAN=off\n', /"off" in line 1 of .*: it cannot be turned off/],
  ])('a profile with %s is refused with the line', async (_name, text, message) => {
    project.write('.loki/gates/team.conf', text)
    const started = starting({}, 'team')
    await expect(started).rejects.toMatchObject({ code: 'BAD_GATES' })
    await expect(started).rejects.toThrow(message)
  })
})

describe('a profile', () => {
  test('asks for tests where it is for what customers depend on: a project without any fails', async () => {
    const result = await project.start({ gateProfile: 'production-critical', maxIterations: 1 })
    expect(result).toMatchObject({ status: 'failed', tasks: [{ gates: { tests: 'failed', coverage: 'failed' } }] })
    expect(result.reason).toContain('GATE_TESTS_REQUIRED asks for tests')
    const [started] = (await project.entries()).filter(({ what }) => what === 'session.started')
    expect(started?.metadata).toMatchObject({ gate_profile: 'production-critical' })
  })

  test('lets the tests of a prototype fail, and says so', async () => {
    const env = { ...project.env, LOKI_GATE_PROFILE: 'prototype' }
    project.write('package.json', '{ "scripts": { "test": "exit 1" } }')
    const result = await project.start({ env })
    expect(result).toMatchObject({
      status: 'completed',
      tasks: [{ gates: { tests: 'failed', 'security-scan': 'passed' } }],
    })
    await expect(project.start({ env, testCommand: 'false', maxIterations: 1 })).resolves.toMatchObject({
      status: 'failed',
    })
  })

  test('of the project goes before that of the user, and the environment before both', async () => {
    project.write('.loki/gates/team.conf', '# ours\nGATE_TESTS_REQUIRED = no\n'.replace(' = ', '='))
    await expect(project.start({ gateProfile: 'team.conf' })).resolves.toMatchObject({ status: 'completed' })
    const env = { ...project.env, GATE_TESTS_REQUIRED: 'true' }
    await expect(project.start({ gateProfile: 'team', env, maxIterations: 1 })).resolves.toMatchObject({
      status: 'failed',
    })
    project.write('home/gates/own.conf', "GATE_CUSTOM_NEVER='exit 1'\n")
    const moved = { ...project.env, LOKI_HOME: project.path('home') }
    const result = await project.start({ gateProfile: 'own', env: moved, maxIterations: 1 })
    expect(result).toMatchObject({ status: 'failed', tasks: [{ gates: { never: 'failed' } }] })
  })
})
