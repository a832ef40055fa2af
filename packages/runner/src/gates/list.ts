import { coverageGate } from './coverage/coverage.js'
import { customGate } from './custom.js'
import type { Gate } from './gate.js'
import { securityGate } from './security/scan.js'
import type { GateSettings } from './settings.js'
import { testsGate } from './tests.js'

/** The gates of a session in the order in which they run: coverage reads what the tests have written. */
export function gatesOf(settings: GateSettings, testCommand: string | undefined): readonly Gate[] {
  const { testsRequired, minCoverage, coverageReport, allow, custom } = settings
  return [
    // A command that somebody gave for this very session is meant.
    testsGate({
      testCommand,
      required: testsRequired === false && testCommand !== undefined ? undefined : testsRequired,
    }),
    ...(minCoverage === undefined ? [] : [coverageGate({ minimum: minCoverage, report: coverageReport })]),
    securityGate(allow),
    ...custom.map(customGate),
  ]
}
