import { messageOf } from '../errors.js'
import { couldNotRun, type Gate, type GateContext, type NamedResult } from '../gates/gate.js'
import type { Session } from '../sessions/session.js'

export interface VerifyOptions {
  readonly session: Session
  readonly task: string
  readonly iteration: number
  readonly gates: readonly Gate[]
  readonly env: NodeJS.ProcessEnv
  readonly snapshots: GateContext['snapshots']
}

/** What VERIFY came to. */
export interface Verification {
  readonly results: readonly NamedResult[]
  /** The gates that hold the work back. */
  readonly failed: readonly NamedResult[]
}

const maxFeedback = 12 * 1024

/** Runs all gates, one after the other, so that the next iteration is told everything that is wrong. */
export async function runGates(options: VerifyOptions): Promise<Verification> {
  const { session, env, snapshots } = options
  const context: GateContext = { session, env, snapshots, since: Date.now() }
  const results: NamedResult[] = []
  for (const gate of options.gates) {
    const result = await run(gate, context)
    if (session.stopSignal.aborted) break
    results.push(result)
    await tell(result, options)
  }
  return { results, failed: results.filter(({ outcome, required }) => outcome === 'failed' && required) }
}

/** What the next iteration is told of the gates that failed. */
export function feedbackOf(failed: readonly NamedResult[]): string {
  const share = Math.floor(maxFeedback / Math.max(1, failed.length))
  return failed
    .map(({ reason, command, output }) => {
      const ran = command === undefined ? '' : `$ ${command}\n`
      return `${reason}\n${ran}${output.slice(-share)}`
    })
    .join('\n')
    .toWellFormed()
}

async function run(gate: Gate, context: GateContext): Promise<NamedResult> {
  const about = { gate: gate.name, required: gate.required }
  try {
    return { ...(await gate.run(context)), ...about }
  } catch (thrown) {
    return { ...couldNotRun(`the gate ${gate.name} could not be run: ${messageOf(thrown)}`), ...about }
  }
}

async function tell(result: NamedResult, { session, task, iteration }: VerifyOptions): Promise<void> {
  const { gate, outcome, reason, output, command, durationMs, exitCode, outputSha256, figures, required } = result
  session.chronicle.show({
    kind: 'gate',
    session: session.id,
    task,
    gate,
    outcome,
    required,
    reason,
    output,
    ...(figures === undefined ? {} : { figures }),
    ...(command === undefined ? {} : { command }),
    ...(durationMs === undefined ? {} : { durationMs }),
  })
  await session.chronicle.record(`gate.${outcome}`, {
    task,
    gate,
    iteration,
    required,
    ...figures,
    ...(outputSha256 === undefined ? {} : { output_sha256: outputSha256 }),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(durationMs === undefined ? {} : { duration_ms: durationMs }),
  })
}
