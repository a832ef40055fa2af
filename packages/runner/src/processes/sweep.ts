import { setTimeout as sleep } from 'node:timers/promises'
import { initialVariable, isAlive, processTable, type ProcessEntry } from './table.js'

/** What a sweep found and did. */
export interface SweepResult {
  /** Processes that were ended. */
  readonly ended: number
  /** Processes that still run; not empty only where the system refuses to end them. */
  readonly left: readonly number[]
  /** False where this system does not tell which process belongs to a session (no `/proc`). */
  readonly supported: boolean
}

const sessionVariable = 'LOKI_SESSION_ID'
const graceMs = 5000
const maxRounds = 20

/**
 * Ends every process of a session, wherever it moved: those that began with `LOKI_SESSION_ID=<id>` in their
 * environment, whoever shares a process group with one of them, and their descendants. SIGTERM first, SIGKILL to
 * what is left after 5 seconds, again and again until nothing is found.
 *
 * Never ends the caller or an ancestor of it. A process that has wiped its environment and left every group and parent
 * of the session behind is not found: only a sandbox holds that.
 */
export async function sweepSession(session: string): Promise<SweepResult> {
  const seen = new Map<string, ProcessEntry>()
  // What was found once is remembered: it may lose its mark together with its parent.
  const look = (): readonly ProcessEntry[] | undefined => {
    const found = members(session)
    for (const entry of found ?? []) seen.set(key(entry), entry)
    return found && [...seen.values()].filter((entry) => isAlive(entry.pid, entry.start))
  }
  let found = look()
  if (found === undefined) return { ended: 0, left: [], supported: false }
  const deadline = Date.now() + graceMs
  const asked = new Set<string>()
  for (let round = 0; found.length > 0 && round < maxRounds;) {
    const late = Date.now() >= deadline
    for (const entry of found) {
      if (late) send(entry, 'SIGKILL')
      else if (!asked.has(key(entry))) send(entry, 'SIGTERM')
      asked.add(key(entry))
    }
    if (late) round += 1
    await sleep(late ? 50 : 25)
    found = look() ?? []
  }
  return { ended: seen.size - found.length, left: found.map((entry) => entry.pid), supported: true }
}

function members(session: string): ProcessEntry[] | undefined {
  const table = processTable()
  if (table === undefined) return undefined
  const spared = ancestry(table)
  const marked = new Set(table.filter((entry) => initialVariable(entry.pid, sessionVariable) === session))
  const groups = new Set([...marked].map((entry) => entry.group))
  const ownGroup = table.find((entry) => entry.pid === process.pid)?.group
  const pids = new Set(
    table
      .filter((entry) => marked.has(entry) || (groups.has(entry.group) && entry.group !== ownGroup))
      .map((entry) => entry.pid),
  )
  for (let size = -1; size !== pids.size;) {
    size = pids.size
    for (const entry of table) if (pids.has(entry.parent) && !spared.has(entry.parent)) pids.add(entry.pid)
  }
  return table.filter((entry) => pids.has(entry.pid) && !spared.has(entry.pid))
}

/** The caller and everything that it runs under: a person may stop a session from a shell inside it. */
function ancestry(table: readonly ProcessEntry[]): Set<number> {
  const parents = new Map(table.map((entry) => [entry.pid, entry.parent]))
  const spared = new Set<number>([0, 1])
  for (let pid: number | undefined = process.pid; pid !== undefined && !spared.has(pid); pid = parents.get(pid)) {
    spared.add(pid)
  }
  return spared
}

function send(entry: ProcessEntry, signal: NodeJS.Signals): void {
  // The pid may have passed to a stranger since the table was read.
  if (!isAlive(entry.pid, entry.start)) return
  try {
    process.kill(entry.pid, signal)
  } catch {
    // Gone in between, or not ours to end: the next look at the table tells which.
  }
}

function key(entry: ProcessEntry): string {
  return `${entry.pid}/${entry.start}`
}
