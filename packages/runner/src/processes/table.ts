import { readdirSync, readFileSync } from 'node:fs'

/** What the kernel says of a process. */
export interface ProcessEntry {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Names this process among all that ever had its pid: the boot and the tick in which it began. */
  readonly start: string
}

/**
 * A running process, or `undefined` where it is gone or only waits for its parent to notice (a zombie).
 * Needs `/proc`; elsewhere nothing is known of any process and {@link isAlive} has to do.
 */
export function processEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name is in parentheses and may itself hold spaces and parentheses: proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, parent, group] = fields
    const ticks = fields[19]
    if (state === undefined || state === 'Z' || state === 'X' || ticks === undefined) return undefined
    return { pid, parent: Number(parent), group: Number(group), start: `${bootId()}:${ticks}` }
  } catch {
    return undefined
  }
}

/** Every running process that this user may see; `undefined` where there is no `/proc`. */
export function processTable(): readonly ProcessEntry[] | undefined {
  if (!hasProcFolder()) return undefined
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processEntry(Number(name)))
    .filter((entry) => entry !== undefined)
}

/** Whether a process with this pid runs, and is the one that began at `start`, where that is known. */
export function isAlive(pid: number, start?: string): boolean {
  if (hasProcFolder()) {
    const entry = processEntry(pid)
    return entry !== undefined && (start === undefined || entry.start === start)
  }
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

/** One variable of the environment that a process began with; `undefined` where it has none or may not be read. */
export function initialVariable(pid: number, name: string): string | undefined {
  try {
    const entry = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((line) => line.startsWith(`${name}=`))
    return entry?.slice(name.length + 1)
  } catch {
    return undefined
  }
}

function hasProcFolder(): boolean {
  return process.platform === 'linux'
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return 'boot'
  }
}
