import { createHash } from 'node:crypto'
import type { Action } from '@loki/guard'
import { runProcess } from '../process.js'
import { couldNotRun, type GateContext, type GateResult } from './gate.js'

export interface GateCommand {
  /** Shown as the tool of the action, and what `subject` is the plural of. */
  readonly tool: string
  /** How the reason calls it: `the tests`. */
  readonly subject: string
  readonly command: string
  /** What an exit code other than 0 says, where that is not just a failure. */
  readonly failureOf?: (exitCode: number | null) => string | undefined
}

const maxOutput = 12 * 1024
const limitMs = 30 * 60_000

/** Runs the command of a gate by bash in the project, under the guard like every other command. Exit code 0 has passed. */
export async function runGateCommand(
  { tool, subject, command, failureOf }: GateCommand,
  { session, env }: GateContext,
): Promise<GateResult> {
  const { projectDir } = session
  const about = { session: session.id, agent: 'runner', host: 'cli', cwd: projectDir, projectDir } as const
  const action: Action = { kind: 'command', ...about, tool, command }
  const verdict = await session.guard.check(action, { signal: session.stopSignal })
  if (verdict.decision !== 'ALLOW') {
    return { ...couldNotRun(`${subject} were not let run: ${verdict.reason}`), command }
  }
  const startedAt = performance.now()
  const limit = AbortSignal.timeout(limitMs)
  const digest = createHash('sha256')
  const printed = (text: string): void => {
    digest.update(text)
  }
  const result = await runProcess({
    command: 'bash',
    args: ['-c', command],
    cwd: projectDir,
    env,
    signal: AbortSignal.any([session.stopSignal, limit]),
    maxOutputBytes: maxOutput,
    onStdout: printed,
    onStderr: printed,
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
    reason: ok ? `${subject} passed` : (failureOf?.(exitCode) ?? `${subject} ${ended}`),
    output: `${result.stdout}${result.stderr}`.slice(-maxOutput),
    outputSha256: digest.digest('hex'),
  }
}

function exitText(exitCode: number | null, signal: string | null): string {
  return exitCode === null ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`
}
