import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isMissing, messageOf } from '../errors.js'
import { runGateCommand } from './command.js'
import { couldNotRun, type Gate, type GateResult } from './gate.js'

export interface TestsGateOptions {
  /** The user's own command; without one, `npm test` where package.json has a test script. */
  readonly testCommand: string | undefined
  /** True: a project without tests fails. False: a failure holds nothing back. */
  readonly required: boolean | undefined
}

const maxManifestBytes = 1024 * 1024
// What `npm init` writes where there are no tests: running it would fail every project that has none.
const placeholder = /^echo\s+["']?Error: no test specified["']?\s*&&\s*exit 1$/

/** Runs the tests of the project. Without any it is `unmeasured`, or failed where tests are required. */
export function testsGate({ testCommand, required }: TestsGateOptions): Gate {
  return {
    name: 'tests',
    required: required !== false,
    async run(context) {
      // Read at every VERIFY, because the agent may have added the first test.
      const command = testCommand ?? manifestCommand(context.session.projectDir)
      if (typeof command === 'string')
        return await runGateCommand({ tool: 'tests', subject: 'the tests', command }, context)
      if (command.outcome === 'unmeasured' && required === true) {
        return couldNotRun(`${command.reason}, and GATE_TESTS_REQUIRED asks for tests`)
      }
      return command
    },
  }
}

function manifestCommand(projectDir: string): string | GateResult {
  const file = join(projectDir, 'package.json')
  try {
    if (statSync(file).size > maxManifestBytes) return couldNotRun(`${file} is larger than ${maxManifestBytes} bytes`)
    const script = testScript(JSON.parse(readFileSync(file, 'utf8')))
    return script === undefined || placeholder.test(script) ? unmeasured('package.json has no test script') : 'npm test'
  } catch (thrown) {
    if (isMissing(thrown)) return unmeasured('there is no package.json and no test command was given')
    return couldNotRun(`${file} cannot be read: ${messageOf(thrown)}`)
  }
}

function testScript(manifest: unknown): string | undefined {
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return undefined
  const { scripts } = manifest
  if (typeof scripts !== 'object' || scripts === null || !('test' in scripts)) return undefined
  return typeof scripts.test === 'string' && scripts.test.trim() !== '' ? scripts.test.trim() : undefined
}

function unmeasured(why: string): GateResult {
  return { outcome: 'unmeasured', reason: `nothing proves the work: ${why}`, output: '' }
}
