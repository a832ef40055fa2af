import { utimesSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SessionProgress, SessionResult } from '../../src/index.js'
import { makeProject, type TestProject } from '../project.js'

let project: TestProject

beforeEach(() => {
  project = makeProject()
})

afterEach(async () => {
  await project.remove()
})

type Gate = Extract<SessionProgress, { kind: 'gate' }>

/** A session whose tests write these files; what its coverage gate said. */
async function judged(
  files: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly gate: Gate | undefined; readonly result: SessionResult }> {
  const lines = Object.entries(files).map(([name, text]) => {
    project.write(`reports/${name}`, text)
    return `mkdir -p $(dirname ${name}) && cat reports/${name} > ${name}`
  })
  project.write('tests.sh', lines.join('\n'))
  const result = await project.start({
    maxIterations: 1,
    testCommand: 'bash tests.sh',
    env: { ...project.env, GATE_MIN_COVERAGE: '75', ...env },
  })
  const gate = project.progress.findLast((step): step is Gate => step.kind === 'gate' && step.gate === 'coverage')
  return { gate, result }
}

const lcov = (...runs: number[]): string =>
  `TN:\nSF:a.js\n${runs.map((count, index) => `DA:${index + 1},${count}\n`).join('')}end_of_record\n`
const cobertura = (attributes: string, end = '</coverage>'): string =>
  `<?xml version="1.0" ?>\n<!DOCTYPE coverage SYSTEM "coverage-04.dtd">\n<!-- made -->\n<coverage ${attributes}><packages/>${end}\n`
const statement = (line: number): object => ({ start: { line, column: 0 }, end: { line, column: 9 } })

const full: readonly [string, string, string][] = [
  ['lcov', 'coverage/lcov.info', lcov(1, 4, 0, 2)],
  ['cobertura', 'coverage.xml', cobertura('line-rate="0.1" lines-covered="3" lines-valid="4" version="1"')],
  [
    'istanbul summary',
    'coverage/coverage-summary.json',
    '{"total":{"lines":{"total":4,"covered":3,"skipped":0,"pct":9}}}',
  ],
  [
    'istanbul final',
    'coverage/coverage-final.json',
    JSON.stringify({
      'a.js': {
        statementMap: { 0: statement(1), 1: statement(1), 2: statement(2), 3: statement(3), 4: statement(4) },
        s: { 0: 1, 1: 0, 2: 7, 3: 0, 4: 1 },
      },
    }),
  ],
  ['go', 'coverage.out', 'mode: set\na.go:1.2,3.4 3 0\na.go:1.2,3.4 3 1\na.go:5.2,6.4 1 0\n'],
  ['coverage.py', 'coverage.json', '{"meta":{"version":"7.6"},"totals":{"covered_lines":3,"num_statements":4}}'],
]

describe('a project that must not pass does not', () => {
  test('no report is a failure, not 0 and not passed', async () => {
    const { gate, result } = await judged({})
    expect(result.status).toBe('failed')
    expect(gate).toMatchObject({ outcome: 'failed', required: true })
    expect(gate?.reason).toContain('there is no report at coverage/lcov.info')
    expect(gate).not.toHaveProperty('figures')
  })

  test('a report from before proves nothing', async () => {
    const old = new Date(Date.now() - 60_000)
    utimesSync(project.write('coverage/lcov.info', lcov(1, 1)), old, old)
    const { gate } = await judged({})
    expect(gate?.reason).toContain('coverage/lcov.info was not written by the tests that were run just now')
  })

  test.each(full)('%s below the minimum', async (_name, path, text) => {
    const { gate, result } = await judged({ [path]: text }, { GATE_MIN_COVERAGE: '75.01' })
    expect(gate).toMatchObject({ outcome: 'failed', figures: { coverage_percent: 75, minimum_percent: 75.01 } })
    expect(gate?.reason).toBe(`75 % of the lines are covered (${path}), expected at least 75.01 %`)
    expect(result.status).toBe('failed')
  })

  test('nothing is rounded up', async () => {
    const runs = Array.from({ length: 3000 }, (_, index) => (index < 2399 ? 1 : 0))
    const { gate } = await judged({ 'lcov.info': lcov(...runs) }, { GATE_MIN_COVERAGE: '79.97' })
    expect(gate).toMatchObject({ outcome: 'failed', figures: { coverage_percent: 79.96 } })
  })

  test('of several reports the lowest counts', async () => {
    const { gate } = await judged({
      'coverage/lcov.info': lcov(1, 1, 1),
      'coverage.out': 'mode: set\na.go:1.2,3.4 3 0\n',
    })
    expect(gate?.reason).toContain('0 % of the lines are covered (coverage.out)')
  })

  test.each<[string, string, string, string]>([
    ['lcov that is cut', 'lcov.info', 'SF:a.js\nDA:1,1\n', 'end_of_record is missing'],
    ['lcov with a line that is none', 'lcov.info', `${lcov(1)}passed\n`, 'line 5: no record of lcov'],
    ['lcov with a count that is none', 'lcov.info', 'SF:a.js\nDA:1,all\nend_of_record\n', 'line 2: a DA'],
    ['lcov with no lines', 'lcov.info', 'SF:a.js\nend_of_record\n', 'no line that could be covered'],
    ['an empty file', 'lcov.info', '', 'no line that could be covered'],
    [
      'cobertura that is cut',
      'coverage.xml',
      cobertura('lines-covered="3" lines-valid="4"', ''),
      '</coverage> is missing',
    ],
    ['cobertura without figures', 'coverage.xml', cobertura('line-rate="1"'), 'lines-covered'],
    ['cobertura with an attribute twice', 'coverage.xml', cobertura('lines-valid="1" lines-valid="2"'), 'twice'],
    ['cobertura with declarations', 'coverage.xml', '<!DOCTYPE coverage [<!ENTITY a "b">]><coverage/>', 'declarations'],
    ['another document', 'coverage.xml', '<testsuite/>', 'expected <coverage'],
    ['JSON that is none', 'coverage.json', '{', 'it is not JSON'],
    ['a summary of texts', 'coverage.json', '{"total":{"lines":{"total":"4","covered":"4"}}}', 'got "4"'],
    [
      'a summary with more covered than there is',
      'coverage.json',
      '{"total":{"lines":{"total":4,"covered":5}}}',
      '5 of 4',
    ],
    [
      'istanbul without counts',
      'coverage.json',
      '{"a.js":{"statementMap":{"0":{"start":{"line":1}}},"s":{}}}',
      'statement 0',
    ],
    ['coverage.py without figures', 'coverage.json', '{"meta":{},"totals":{"percent_covered":100}}', 'got none'],
    ['go without its mode', 'coverage.out', 'a.go:1.2,3.4 3 1\n', 'line 1: expected "mode'],
    ['go with a line that is none', 'coverage.out', 'mode: set\nok\n', 'line 2: expected'],
  ])('%s', async (_name, path, text, problem) => {
    const { gate, result } = await judged({ [path]: text })
    expect(gate?.reason).toContain(`${path} cannot be understood`)
    expect(gate?.reason).toContain(problem)
    expect(result.status).toBe('failed')
  })

  test('a link to a report is not followed', async () => {
    project.write('tests.sh', 'ln -s good.info lcov.info')
    project.write('good.info', lcov(1))
    const result = await project.start({
      maxIterations: 1,
      testCommand: 'bash tests.sh',
      env: { ...project.env, GATE_MIN_COVERAGE: '1' },
    })
    expect(result.reason).toContain('lcov.info cannot be read')
  })
})

test.each(full)('%s at the minimum passes, with its percentage on the record', async (_name, path, text) => {
  const { gate, result } = await judged({ [path]: text })
  expect(result).toMatchObject({ status: 'completed', tasks: [{ gates: { coverage: 'passed' } }] })
  expect(gate?.figures).toEqual({ coverage_percent: 75, minimum_percent: 75 })
  const passed = (await project.entries()).find(({ metadata }) => metadata?.gate === 'coverage')
  expect(passed).toMatchObject({ what: 'gate.passed', metadata: { coverage_percent: 75, task: 't1', iteration: 1 } })
  expect(passed?.metadata?.output_sha256).toMatch(/^[0-9a-f]{64}$/)
})

test('a report can stand elsewhere', async () => {
  const { gate } = await judged(
    { 'out/go.txt': 'mode: count\na.go:1.2,3.4 1 1\n' },
    { GATE_COVERAGE_REPORT: 'out/go.txt' },
  )
  expect(gate).toMatchObject({ outcome: 'passed', figures: { coverage_percent: 100 } })
})
