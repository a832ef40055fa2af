import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { GuardError, messageOf } from '../errors.js'
import type { Guard } from '../guard.js'
import { answerHookCall } from '../hook-event.js'
import { readLines } from './lines.js'
import { MAX_FRAME_BYTES, PROTOCOL_VERSION, WAITING_MS } from './protocol.js'
import { answerAction } from './action-call.js'
import type { ActionRequest, GuardStatus, HookRequest, Request, Response } from './protocol.js'
import { prepareSocketFolder } from './socket.js'

/** How often a server looks whether its socket is still the one that hooks find. */
const LOOK_MS = 30_000
/** More hooks than this at once are refused; a host runs a handful. */
const MAX_CONNECTIONS = 256

export interface ServeOptions {
  /** Where to listen; see {@link guardSocketPath}. */
  readonly socketPath: string
  /** The guard of the project that a hook was called in. */
  readonly guardFor: (projectDir: string, env: Readonly<Record<string, string | undefined>>) => Guard
  /** Which build of the program this is. With one, hooks of another build are told `stale` and look elsewhere. */
  readonly build?: string
  /** Leaves after this many milliseconds without a request; default never. */
  readonly idleMs?: number
  /** Milliseconds between two looks at whether the socket is still its own; default 30000. */
  readonly lookMs?: number
  /** Called once when the server has left, for whatever reason. */
  readonly onClose?: () => void
  /** The projects that are open now, for `status`. */
  readonly projects?: () => readonly string[]
  /** A sentence for each project that an older policy governs, because its files cannot be used; for `status`. */
  readonly degraded?: () => readonly string[]
}

export interface GuardServer {
  readonly socketPath: string
  status(): GuardStatus
  /** Stops listening, ends open connections (their hooks refuse or decide by themselves), resolves when closed. */
  close(): Promise<void>
}

/**
 * Answers hooks over a unix socket (a named pipe on Windows). The socket lies in a folder of its owner alone and is
 * taken over only where nobody listens on it: a second server gets `SOCKET_IN_USE`.
 */
export async function serveGuard(options: ServeOptions): Promise<GuardServer> {
  const { socketPath } = options
  prepareSocketFolder(socketPath)
  const serving = new Serving(options)
  await serving.listen()
  return serving
}

class Serving implements GuardServer {
  readonly socketPath: string
  readonly #options: ServeOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #startedAt = performance.now()
  #decisions = 0
  #idle: NodeJS.Timeout | undefined
  #look: NodeJS.Timeout | undefined
  #inode: number | undefined
  #closed: Promise<void> | undefined

  constructor(options: ServeOptions) {
    this.socketPath = options.socketPath
    this.#options = options
    this.#server = createServer((socket) => {
      this.#welcome(socket)
    })
    this.#server.maxConnections = MAX_CONNECTIONS
  }

  async listen(): Promise<void> {
    if (await answers(this.socketPath)) {
      throw new GuardError('SOCKET_IN_USE', `A guard already listens on ${this.socketPath}.`)
    }
    if (process.platform === 'win32') await this.#bind(this.socketPath)
    else await this.#bindAndRename()
    this.#rest()
  }

  status(): GuardStatus {
    return {
      pid: process.pid,
      build: this.#options.build ?? '',
      uptimeMs: Math.round(performance.now() - this.#startedAt),
      decisions: this.#decisions,
      projects: this.#options.projects?.() ?? [],
      degraded: this.#options.degraded?.() ?? [],
    }
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      clearTimeout(this.#idle)
      clearInterval(this.#look)
      if (this.#inode !== undefined && this.#isFound()) rmSync(this.socketPath, { force: true })
      this.#server.close(() => {
        resolve()
        this.#options.onClose?.()
      })
      for (const socket of this.#sockets) socket.destroy()
    })
    return this.#closed
  }

  #bind(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  /**
   * Binds under a name of its own and renames that to the one which hooks look for, so that a socket left by a dead
   * process is replaced in one step, and closing never removes a socket that another server put there since. Where two
   * start at the same moment the later is found; the earlier sees that and leaves.
   */
  async #bindAndRename(): Promise<void> {
    const own = `${this.socketPath}.${process.pid}`
    rmSync(own, { force: true }) // of a process that had our number before it was killed
    await this.#bind(own)
    chmodSync(own, 0o600)
    this.#inode = lstatSync(own).ino
    renameSync(own, this.socketPath)
    this.#look = setInterval(() => {
      if (!this.#isFound()) void this.close()
    }, this.#options.lookMs ?? LOOK_MS).unref()
  }

  /** Whether the name that hooks look for still leads to this server. */
  #isFound(): boolean {
    return lstatSync(this.socketPath, { throwIfNoEntry: false })?.ino === this.#inode
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket)
    clearTimeout(this.#idle)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#rest()
    })
    const send = (response: Response): void => {
      if (socket.writable) socket.write(`${JSON.stringify(response)}\n`)
    }
    readLines(
      socket,
      MAX_FRAME_BYTES,
      (line) => {
        void this.#answer(line, send)
      },
      () => undefined, // destroyed: the hook sees its connection end and refuses
    )
  }

  async #answer(line: string, send: (response: Response) => void): Promise<void> {
    try {
      const request = JSON.parse(line) as Request // only processes of this user get here; fields are checked below
      if (request.v !== PROTOCOL_VERSION) {
        send({ kind: 'stale' })
        return
      }
      if (request.kind === 'status') send({ kind: 'status', ...this.status() })
      else if (request.kind === 'stop') {
        send({ kind: 'stopping' })
        setImmediate(() => void this.close())
      } else await this.#answerCall(request, send)
    } catch (thrown) {
      send({ kind: 'error', message: messageOf(thrown) })
    }
  }

  async #answerCall(request: HookRequest | ActionRequest, send: (response: Response) => void): Promise<void> {
    if (this.#options.build !== undefined && request.build !== this.#options.build) {
      send({ kind: 'stale' })
      setImmediate(() => void this.close()) // the program was replaced: the next hook starts the new one
      return
    }
    const waiting = setInterval(() => {
      send({ kind: 'waiting' })
    }, WAITING_MS)
    try {
      const response = await this.#responseTo(request)
      if (request.kind === 'hook' || request.kind === 'check') this.#decisions += 1
      send(response)
    } finally {
      clearInterval(waiting)
    }
  }

  async #responseTo(request: HookRequest | ActionRequest): Promise<Response> {
    if (request.kind !== 'hook') return answerAction(request, this.#options.guardFor)
    const { host, event, input, cwd, env } = request
    return { kind: 'answer', ...(await answerHookCall({ host, event, input, cwd, env }, this.#options.guardFor)) }
  }

  #rest(): void {
    const { idleMs } = this.#options
    if (idleMs === undefined || this.#sockets.size > 0 || this.#closed !== undefined) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), idleMs)
  }
}

/** Whether somebody accepts connections there. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath)
    const done = (listening: boolean): void => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => {
      done(true)
    })
    socket.once('error', () => {
      done(false)
    })
    socket.setTimeout(1_000, () => {
      done(true) // it is there and too busy: not ours to remove
    })
  })
}
