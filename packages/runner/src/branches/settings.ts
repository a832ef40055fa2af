import { RunnerError } from '../errors.js'
import { flagOf } from '../flag.js'

/** What becomes of the branch of a session. */
export interface BranchSettings {
  /** The session works on a branch of its own. */
  readonly protection: boolean
  /** At the end its work is committed there, and a pull request opened. */
  readonly commit: boolean
}

/** Reads `LOKI_BRANCH_PROTECTION` and `LOKI_BRANCH_COMMIT`. Throws `BAD_OPTION` for what is no boolean. */
export function readBranchSettings(env: NodeJS.ProcessEnv): BranchSettings {
  return {
    protection: read(env, 'LOKI_BRANCH_PROTECTION', false),
    commit: read(env, 'LOKI_BRANCH_COMMIT', true),
  }
}

function read(env: NodeJS.ProcessEnv, name: string, fallback: boolean): boolean {
  const text = env[name]?.trim() ?? ''
  const flag = text === '' ? fallback : flagOf(text)
  if (flag !== undefined) return flag
  throw new RunnerError('BAD_OPTION', `${name} is ${JSON.stringify(text.slice(0, 80))}: expected true or false.`)
}
