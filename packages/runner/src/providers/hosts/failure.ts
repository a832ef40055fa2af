import type { ProcessResult } from '../../process.js'
import type { ProviderOutcome, ProviderTurn } from '../provider.js'

const maxTail = 2000

/** A turn that did not begin: the agent's program was not called, or must not be. */
export function notStarted(error: string): ProviderOutcome {
  return { exitCode: null, text: '', error }
}

/** How a program ended, in the fields of an outcome. `said` is the error that the agent itself reported. */
export function endOf(
  host: string,
  result: ProcessResult,
  turn: ProviderTurn,
  said: string | undefined,
): Pick<ProviderOutcome, 'exitCode' | 'signal' | 'error'> {
  const error = failureOf(host, result, turn, said)
  return {
    exitCode: result.exitCode,
    ...(result.signal === null ? {} : { signal: result.signal }),
    ...(error === undefined ? {} : { error }),
  }
}

function failureOf(
  host: string,
  result: ProcessResult,
  turn: ProviderTurn,
  said: string | undefined,
): string | undefined {
  if (turn.signal.aborted) return `${host} was stopped before it had finished.`
  if (said !== undefined) return `${host} reports: ${said}`
  if (result.exitCode === 0) return undefined
  const how =
    result.exitCode === null ? `was ended by ${result.signal ?? 'a signal'}` : `ended with exit code ${result.exitCode}`
  const tail = result.stderr.trim().slice(-maxTail)
  return tail === '' ? `${host} ${how} and gave no reason.` : `${host} ${how}: ${tail}`
}
