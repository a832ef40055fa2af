import { PACK_LEVELS, type PackLevel } from '../pack/rule.js'
import type { PolicyProblem } from '../problem.js'

/** Reads `LOKI_POLICY_PACK`; undefined where it is unset, empty or blank. */
export function readPackLevel(env: NodeJS.ProcessEnv): PackLevel | PolicyProblem | undefined {
  const value = env.LOKI_POLICY_PACK?.trim().toLowerCase()
  if (value === undefined || value === '') return undefined
  const level = PACK_LEVELS.find((one) => one === value)
  if (level !== undefined) return level
  return {
    file: 'LOKI_POLICY_PACK',
    line: 0,
    column: 0,
    message: `expected strict, standard, minimal or off, found "${value.slice(0, 40)}"`,
    code: 'invalid_variable',
  }
}
