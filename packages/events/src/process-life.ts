import { readFileSync } from 'node:fs'
import { hasCode } from './errors.js'

/**
 * When a process of this machine began, in a unit of the system's own; undefined where the system does not tell.
 * With the pid it names a process for good: a pid alone is given again.
 */
export function startOf(pid: number): string | undefined {
  return statOf(pid)?.start
}

/** Whether the process that once had this pid and start still runs; `unknown` where only its pid can be asked for. */
export function isAlive(pid: number, start: string | undefined): boolean | 'unknown' {
  if (start !== undefined) {
    const stat = statOf(pid)
    // A zombie is dead: it waits for its parent and does nothing any more.
    return stat?.start === start && stat.state !== 'Z' && stat.state !== 'X'
  }
  try {
    process.kill(pid, 0)
    return 'unknown'
  } catch (error) {
    return hasCode(error, 'ESRCH') ? false : 'unknown'
  }
}

function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  if (process.platform !== 'linux') return undefined
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // proc(5): the second field is the command in parentheses and may hold anything, so count from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, start] = [fields[0], fields[19]]
  return state === undefined || start === undefined ? undefined : { state, start }
}
