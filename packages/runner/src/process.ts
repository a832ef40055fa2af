import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { processTable } from './processes/table.js'

/** What to run, and within which limits. */
export interface ProcessOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Written to standard input, which is closed after it; without it standard input is empty. */
  readonly stdin?: string
  /** Ends the whole process group: SIGTERM, then SIGKILL after `graceMs`. */
  readonly signal: AbortSignal
  readonly onStdout?: (text: string) => void
  readonly onStderr?: (text: string) => void
  /** How much of each stream is kept, from its end; default 4 MiB. The callbacks see everything. */
  readonly maxOutputBytes?: number
  /** Time between SIGTERM and SIGKILL; default 5000. */
  readonly graceMs?: number
}

/** How a process ended. A program that could not be started has `exitCode` 127 and the reason in `stderr`. */
export interface ProcessResult {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const defaultOutputBytes = 4 * 1024 * 1024
const defaultGraceMs = 5000
// How long the streams may stay open after the program itself has ended: a child that outlives it may hold them for ever.
const drainMs = 500

/**
 * Runs a program, without a shell, in a process group of its own, and resolves when it has ended.
 * Nothing of its group is left when this returns: what the program leaves behind in its group is ended with it.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  if (options.signal.aborted) return { exitCode: null, signal: 'SIGTERM', stdout: '', stderr: '' }
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const limit = options.maxOutputBytes ?? defaultOutputBytes
  const stdout = collect(child.stdout, limit, options.onStdout)
  const stderr = collect(child.stderr, limit, options.onStderr)
  // A program that does not read its standard input closes it; that is its right and not our error.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')

  const aborted = (): void => {
    signalGroup(child.pid, 'SIGTERM')
  }
  options.signal.addEventListener('abort', aborted, { once: true })
  const killer = onAbortAfter(options.signal, options.graceMs ?? defaultGraceMs, () => {
    signalGroup(child.pid, 'SIGKILL')
  })
  try {
    const end = await ended(child)
    await endGroup(child.pid, isAborted(options.signal) ? (options.graceMs ?? defaultGraceMs) : drainMs)
    await Promise.race([Promise.all([stdout.closed, stderr.closed]), sleep(drainMs)])
    const failure = end.error === undefined ? '' : `${options.command}: ${end.error.message}`
    return { exitCode: end.exitCode, signal: end.signal, stdout: stdout.text(), stderr: stderr.text() + failure }
  } finally {
    options.signal.removeEventListener('abort', aborted)
    killer.cancel()
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** A question of its own, since the answer changes between two lines. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted
}

/** Sends a signal to a process group; a group that is gone is no error. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

async function endGroup(pid: number | undefined, graceMs: number): Promise<void> {
  if (!isGroupAlive(pid)) return
  signalGroup(pid, 'SIGTERM')
  const deadline = Date.now() + graceMs
  while (Date.now() < deadline) {
    if (!isGroupAlive(pid)) return
    await sleep(20)
  }
  signalGroup(pid, 'SIGKILL')
}

function isGroupAlive(pid: number | undefined): boolean {
  if (!signalGroup(pid, 0)) return false
  // The kernel counts zombies too, and under a careless init they stay for ever.
  const table = processTable()
  return table === undefined || table.some((entry) => entry.group === pid)
}

interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: Error
}

function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode, signal })
    })
    child.once('error', (error) => {
      // Only a program that never started has no pid; a failed kill reports an error too, and its exit follows.
      if (child.pid === undefined) resolve({ exitCode: 127, signal: null, error })
    })
  })
}

interface Collected {
  readonly closed: Promise<void>
  text(): string
}

function collect(stream: NodeJS.ReadableStream, limit: number, listener?: (text: string) => void): Collected {
  let chunks: Buffer[] = []
  let size = 0
  const decoder = new TextDecoder()
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    // Compacting only at twice the limit keeps the copying linear.
    if (size > limit * 2) {
      chunks = [Buffer.concat(chunks).subarray(-limit)]
      size = limit
    }
    listener?.(decoder.decode(chunk, { stream: true }))
  })
  const closed = new Promise<void>((resolve) => {
    stream.once('close', resolve)
    stream.once('error', () => {
      resolve()
    })
  })
  return { closed, text: () => Buffer.concat(chunks).subarray(-limit).toString('utf8') }
}

function onAbortAfter(signal: AbortSignal, delayMs: number, action: () => void): { cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  const arm = (): void => {
    timer = setTimeout(action, delayMs)
  }
  if (signal.aborted) arm()
  else signal.addEventListener('abort', arm, { once: true })
  return {
    cancel(): void {
      signal.removeEventListener('abort', arm)
      clearTimeout(timer)
    },
  }
}
