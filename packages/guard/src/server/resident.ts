import { ProjectGuards } from '../project-guards.js'
import { serveGuard } from './serve.js'
import type { GuardServer } from './serve.js'

/** A guard process that nobody asks anything leaves after this long. */
const IDLE_MS = 15 * 60_000

export interface ResidentOptions {
  readonly socketPath: string
  readonly build: string
  /** Milliseconds without a request after which it leaves; default 900000. */
  readonly idleMs?: number
  /** Milliseconds between two looks at whether the socket is still its own; default 30000. */
  readonly lookMs?: number
}

/** The guard process of a user: one server for all projects, which ends by itself. `done` resolves when it has left. */
export async function serveResident(
  options: ResidentOptions,
): Promise<{ readonly server: GuardServer; readonly done: Promise<void> }> {
  const guards = new ProjectGuards()
  let left: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    left = resolve
  })
  const server = await serveGuard({
    ...options,
    idleMs: options.idleMs ?? IDLE_MS,
    guardFor: guards.guardFor,
    projects: () => guards.projects,
    onClose: () => {
      void guards.close().finally(left)
    },
  })
  return { server, done }
}
