import { openHttpDoor } from '../http/door.js'
import { httpToken } from '../http/token.js'
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
  /** Answers over HTTP on this port of 127.0.0.1 too, 0 for any free one; then it does not leave when idle. */
  readonly httpPort?: number
}

/** The guard process of a user: `done` resolves when it has left. */
export interface Resident {
  readonly server: GuardServer
  /** Where it answers over HTTP. */
  readonly httpPort?: number
  readonly done: Promise<void>
}

/**
 * Serves all projects of a user, and ends by itself. Rejects with `SOCKET_IN_USE` where another guard process, or another
 * program on the port, listens already.
 */
export async function serveResident(options: ResidentOptions): Promise<Resident> {
  const { httpPort, idleMs = IDLE_MS, ...serving } = options
  const guards = new ProjectGuards()
  const closing: (() => Promise<void>)[] = [() => guards.close()]
  let left: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    left = resolve
  })
  const server = await serveGuard({
    ...serving,
    ...(httpPort === undefined ? { idleMs } : {}),
    guardFor: guards.guardFor,
    projects: () => guards.projects,
    degraded: () => guards.degraded,
    onClose: () => {
      void Promise.allSettled(closing.map((close) => close())).then(left)
    },
  })
  if (httpPort === undefined) return { server, done }
  try {
    const token = httpToken(options.socketPath)
    const door = await openHttpDoor({ port: httpPort, token, guardFor: guards.guardFor })
    closing.push(() => door.close())
    return { server, httpPort: door.port, done }
  } catch (thrown) {
    await server.close()
    throw thrown
  }
}
