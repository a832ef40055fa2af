import { readFileSync, watch, type FSWatcher } from 'node:fs'
import { join } from 'node:path'
import { readControl, writeControl, type ControlRequest } from '@loki/guard'
import { RunnerError } from '../errors.js'
import { isOpen } from './state.js'
import { isRunnerAlive, readStored, sessionDir } from './store.js'

const pollMs = 200

/**
 * Asks a session to pause, go on, or stop. In effect when this returns: the guard reads the request before each
 * action. Throws `NOT_RUNNING` where no runner is there to obey; use {@link stopSession} to stop in every case.
 */
export function requestControl(projectDir: string, id: string, request: 'pause' | 'resume' | 'stop', by: string): void {
  const state = readStored(projectDir, id)
  if (!isOpen(state.status)) throw notRunning(id, `it is ${state.status}`)
  if (!isRunnerAlive(state)) throw notRunning(id, `its runner (process ${state.pid}) is gone`)
  writeControl(projectDir, id, request === 'resume' ? 'run' : request, by)
}

export function notRunning(id: string, why: string): RunnerError {
  return new RunnerError('NOT_RUNNING', `Session ${id} is not running: ${why}. See the others with: loki status`)
}

/** What is asked of a session now, as its runner sees it. */
export interface ControlWatch {
  readonly request: ControlRequest
  /** Resolves at once, or when a pause ends: true to go on, false when it was stopped or closed. */
  runnable(): Promise<boolean>
  close(): void
}

/**
 * Watches the request of a session. File events make it quick and polling makes it certain: events are lost on
 * network and overlay file systems. A request that cannot be read holds the session, since somebody wanted something.
 */
export function watchControl(
  projectDir: string,
  id: string,
  onChange: (request: ControlRequest) => void,
): ControlWatch {
  let current: ControlRequest = 'run'
  let waiting: (() => void)[] = []
  let closed = false
  const wakeAll = (): void => {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
  const look = (): void => {
    const request = requestNow(projectDir, id)
    // Nobody can take a stop back: what was ended is gone.
    if (request === current || current === 'stop') return
    current = request
    onChange(request)
    wakeAll()
  }
  const timer = setInterval(look, pollMs)
  const watcher = tryWatch(sessionDir(projectDir, id), look)
  look()
  return {
    get request(): ControlRequest {
      return current
    },
    async runnable(): Promise<boolean> {
      look()
      while (current === 'pause' && !closed) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
        })
      }
      return current === 'run' && !closed
    },
    close(): void {
      closed = true
      clearInterval(timer)
      watcher?.close()
      wakeAll()
    },
  }
}

function requestNow(projectDir: string, id: string): ControlRequest {
  try {
    return readControl(projectDir, id)
  } catch {
    return 'pause'
  }
}

function tryWatch(folder: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, look)
    watcher.on('error', () => {
      watcher.close()
    })
    return watcher
  } catch {
    return undefined // no watches left on this machine: polling remains
  }
}

/** Who asked last, by their own word. */
export function requesterOf(projectDir: string, id: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(sessionDir(projectDir, id), 'control.json'), 'utf8'))
    if (typeof parsed !== 'object' || parsed === null || !('by' in parsed)) return undefined
    return typeof parsed.by === 'string' ? parsed.by.slice(0, 200) : undefined
  } catch {
    return undefined
  }
}
