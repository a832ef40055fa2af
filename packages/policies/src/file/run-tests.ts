import { homedir } from 'node:os'
import { lifts } from '../merge/exception.js'
import { Facts, type Surroundings } from '../rules/facts.js'
import type { Rule } from '../rules/rule.js'
import type { TestedRule } from './entry.js'
import type { Expectation, InlineTest } from './inline-test.js'
import type { Reader } from './reader.js'

/** Where the actions of tests take place. */
export interface TestPlace {
  readonly projectDir: string
  readonly home: string | undefined
}

const MAX_TESTS = 500
const MAX_TEXT = 32_768

/**
 * Runs the tests of a file: each asks its own rule, with the exceptions of the same file. Nothing is read of the file
 * system, so that a policy that loads here loads everywhere.
 */
export function runTests(rules: readonly TestedRule[], place: TestPlace, reader: Reader): void {
  const exceptions = rules.map(({ rule }) => rule).filter((rule) => rule.action === 'allow')
  const home = place.home ?? homedir()
  const surroundings: Surroundings = { home, temporary: ['/tmp', '/var/tmp'], realPath: (path) => path }
  let left = MAX_TESTS
  let text = MAX_TEXT
  for (const { rule, tests } of rules)
    for (const test of tests) {
      left -= 1
      text -= (test.input.command ?? '').length + (test.input.content ?? '').length
      if (left < 0 || text < 0) {
        reader.problem(
          test.place,
          'too_large',
          `the file has more than ${MAX_TESTS} tests, or ${MAX_TEXT} characters of commands in them`,
        )
        return
      }
      runTest(rule, test, { exceptions, surroundings, place, reader })
    }
}

interface Run {
  readonly exceptions: readonly Rule[]
  readonly surroundings: Surroundings
  readonly place: TestPlace
  readonly reader: Reader
}

function runTest(rule: Rule, test: InlineTest, { exceptions, surroundings, place, reader }: Run): void {
  const { projectDir } = place
  const cwd = test.input.cwd ?? projectDir
  const input = { ...test.input, projectDir, cwd: cwd.startsWith('/') ? cwd : `${projectDir}/${cwd}` }
  const facts = new Facts(input, surroundings)
  let got: Expectation
  try {
    got = outcome(rule, facts, exceptions)
  } catch {
    got = 'deny'
  }
  if (got === test.expect) return
  // An exception either covers the action, or leaves it to the others.
  if (rule.action === 'allow' && got !== 'allow' && test.expect !== 'allow') return
  const looked = rule.compare?.(facts) ?? []
  const seen = looked.map(({ field, found, answer }) => `${field}: ${found} (${answer})`).join('; ')
  reader.problem(
    test.place,
    'failed_test',
    `the rule "${rule.name}" fails its test "${test.title}": expected ${test.expect}, got ${got}${seen === '' ? '' : `. Seen: ${seen}`}`,
  )
}

function outcome(rule: Rule, facts: Facts, exceptions: readonly Rule[]): Expectation {
  if (rule.action === 'allow') return rule.excepts?.(facts) === true ? 'allow' : 'require_approval'
  const actions = rule.check(facts).map((breach) => breach.action)
  if (actions.length === 0) return 'allow'
  const action = (['deny', 'require_approval', 'warn'] as const).find((one) => actions.includes(one)) ?? 'deny'
  return exceptions.some((exception) => lifts(exception, rule, action) && exception.excepts?.(facts) === true)
    ? 'allow'
    : action
}
