import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Action } from '@loki/guard'
import { isMissing, messageOf } from '../errors.js'
import { runProcess } from '../process.js'
import type { Session } from '../sessions/session.js'
import type { GateOutcome } from '../sessions/state.js'

/** How the tests of a project ended. */
export interface GateResult {
  readonly outcome: GateOutcome
  readonly command?: string
  readonly exitCode?: number
  readonly durationMs?: number
  /** One sentence, never empty. */
  readonly reason: string
  /** The end of what was printed. */
  readonly output: string
}

export interface TestsGateOptions {
  readonly session: Session
  readonly env: NodeJS.ProcessEnv
  /** The user's own command; without one, `npm test` where package.json has a test script. */
  readonly testCommand: string | undefined
}

const maxManifestBytes = 1024 * 1024
const maxOutput = 12 * 1024
const limitMs = 30 * 60_000
// What `npm init` writes where there are no tests: running it would fail every project that has none.
const placeholder = /^echo\s+["']?Error: no test specified["']?\s*&&\s*exit 1$/

/** Runs the tests, under the guard like every other command. What could not be run has failed, unless there are none. */
export async function runTestsGate(options: TestsGateOptions): Promise<GateResult> {
  const { session, env } = options
  const command = options.testCommand ?? manifestCommand(session.projectDir)
  if (typeof command === 'object') return { outcome: command.outcome, reason: command.reason, output: '' }
  const action: Action = {
    kind: 'command',
    session: session.id,
    agent: 'runner',
    host: 'cli',
    tool: 'tests',
    cwd: session.projectDir,
    projectDir: session.projectDir,
    command,
  }
  const verdict = await session.guard.check(action, { signal: session.stopSignal })
  if (verdict.decision !== 'ALLOW') {
    return { outcome: 'failed', command, reason: `the tests were not let run: ${verdict.reason}`, output: '' }
  }
  const startedAt = performance.now()
  const limit = AbortSignal.timeout(limitMs)
  const result = await runProcess({
    command: 'bash',
    args: ['-c', command],
    cwd: session.projectDir,
    env,
    signal: AbortSignal.any([session.stopSignal, limit]),
    maxOutputBytes: maxOutput,
  })
  const durationMs = Math.round(performance.now() - startedAt)
  const { exitCode } = result
  const ok = exitCode === 0
  const ended = limit.aborted ? `took longer than ${limitMs} ms` : `ended with ${exitText(exitCode, result.signal)}`
  await session.guard.finished(action, { ok, durationMs, ...(exitCode === null ? {} : { exitCode }) })
  session.guard.agentEnded(session.id, action.agent)
  return {
    outcome: ok ? 'passed' : 'failed',
    command,
    durationMs,
    ...(exitCode === null ? {} : { exitCode }),
    reason: ok ? 'the tests passed' : `the tests ${ended}`,
    output: `${result.stdout}${result.stderr}`.slice(-maxOutput),
  }
}

function exitText(exitCode: number | null, signal: string | null): string {
  return exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`
}

/** Read at every VERIFY, because the agent may have added the first test. */
function manifestCommand(projectDir: string): string | Pick<GateResult, 'outcome' | 'reason'> {
  const file = join(projectDir, 'package.json')
  try {
    if (statSync(file).size > maxManifestBytes) return failed(`${file} is larger than ${maxManifestBytes} bytes`)
    const script = testScript(JSON.parse(readFileSync(file, 'utf8')))
    return script === undefined || placeholder.test(script) ? unmeasured('package.json has no test script') : 'npm test'
  } catch (thrown) {
    if (isMissing(thrown)) return unmeasured('there is no package.json and no test command was given')
    return failed(`${file} cannot be read: ${messageOf(thrown)}`)
  }
}

function testScript(manifest: unknown): string | undefined {
  if (typeof manifest !== 'object' || manifest === null || !('scripts' in manifest)) return undefined
  const { scripts } = manifest
  if (typeof scripts !== 'object' || scripts === null || !('test' in scripts)) return undefined
  return typeof scripts.test === 'string' && scripts.test.trim() !== '' ? scripts.test.trim() : undefined
}

function unmeasured(why: string): Pick<GateResult, 'outcome' | 'reason'> {
  return { outcome: 'unmeasured', reason: `nothing proves the work: ${why}` }
}

function failed(why: string): Pick<GateResult, 'outcome' | 'reason'> {
  return { outcome: 'failed', reason: why }
}
