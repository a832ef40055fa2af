import type { Variable } from './variables.js'

/** What is spent, what people are asked, and what work must pass. */
export const controlVariables: readonly Variable[] = [
  {
    name: 'COST_MAX_PER_TASK',
    group: 'costs',
    default: 'no limit',
    readBy: '@loki/costs',
    meaning: 'US dollars that one task may cost, such as `2.50`. At the limit the session pauses.',
  },
  {
    name: 'COST_MAX_PER_DAY',
    group: 'costs',
    default: 'no limit',
    readBy: '@loki/costs',
    meaning: 'US dollars that all sessions of a user may cost in a day (UTC).',
  },
  {
    name: 'COST_MAX_PER_MONTH',
    group: 'costs',
    default: 'no limit',
    readBy: '@loki/costs',
    meaning: 'US dollars that all sessions of a user may cost in a month (UTC).',
  },
  {
    name: 'COST_ALERT_THRESHOLD',
    group: 'costs',
    default: '0.8',
    readBy: '@loki/costs',
    meaning: 'Share of a limit at which somebody is told, once in its period.',
  },
  {
    name: 'LOKI_COST_PRICES',
    group: 'costs',
    default: 'the public prices of `@pydantic/genai-prices`',
    readBy: '@loki/costs',
    meaning: 'JSON file of prices of your own; `docs/formats/costs.md` says how.',
  },
  {
    name: 'LOKI_APPROVAL_TIMEOUT',
    group: 'approvals',
    default: '30',
    readBy: '@loki/approvals',
    meaning: 'Minutes that a question to a person waits; then it is rejected.',
  },
  {
    name: 'LOKI_GATE_PROFILE',
    group: 'gates',
    default: 'none',
    readBy: '@loki/runner',
    meaning:
      'Profile of gates: `production-critical`, `internal-tooling`, `prototype`, or your own `.loki/gates/<name>.conf`. A gate variable in the environment goes before it.',
  },
  {
    name: 'GATE_TESTS_REQUIRED',
    group: 'gates',
    default: 'tests count where there are any',
    readBy: '@loki/runner',
    meaning: 'Boolean. `true`: a project without tests fails. `false`: tests are run and told, and hold nothing back.',
  },
  {
    name: 'GATE_MIN_COVERAGE',
    group: 'gates',
    default: 'coverage is not looked at',
    readBy: '@loki/runner',
    meaning: 'Percent of the lines that the tests must cover, 0 to 100, by the report that they have just written.',
  },
  {
    name: 'GATE_COVERAGE_REPORT',
    group: 'gates',
    default: 'where the tools write theirs',
    readBy: '@loki/runner',
    meaning:
      'File of the coverage report, relative to the project: lcov, Cobertura XML, JSON of istanbul or coverage.py, or a Go profile.',
  },
  {
    name: 'GATE_SECURITY_SCAN',
    group: 'gates',
    default: 'true',
    readBy: '@loki/runner',
    meaning: 'Boolean; `false` refuses to start. The lines that a session adds are looked through for secrets.',
  },
  {
    name: 'GATE_SECURITY_ALLOW',
    group: 'gates',
    default: 'none',
    readBy: '@loki/runner',
    meaning: 'Fingerprints of findings of the security scan that may stay, with commas between.',
  },
  {
    name: 'GATE_PEER_REVIEW_COUNT',
    group: 'gates',
    default: '0',
    readBy: '@loki/runner',
    meaning: 'Reviews that the work must pass. There is no peer review yet: more than 0 refuses to start.',
  },
  {
    name: 'GATE_PERFORMANCE_CHECK',
    group: 'gates',
    default: 'false',
    readBy: '@loki/runner',
    meaning: 'Boolean. There is no performance check yet: `true` refuses to start.',
  },
  {
    name: 'LOKI_BRANCH_PROTECTION',
    group: 'gates',
    default: 'false',
    readBy: '@loki/runner',
    meaning:
      'Boolean. A session works on a branch of its own, `loki/session-<timestamp>-<pid>`; its work tree must be clean.',
  },
  {
    name: 'LOKI_BRANCH_COMMIT',
    group: 'gates',
    default: 'true',
    readBy: '@loki/runner',
    meaning: 'Boolean. Under branch protection the work is committed at the end, and a pull request opened with `gh`.',
  },
]
