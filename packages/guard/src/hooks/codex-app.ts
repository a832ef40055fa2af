import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { GuardError } from '../errors.js'

/** Codex answers in well under a second; a first start on a slow machine takes longer. */
const APP_MS = 30_000
const MAX_COMPLAINT = 500

/** How Codex is called. */
export interface CodexCall {
  /** The program; default `codex`, looked up on the path. */
  readonly command?: string
  /** Arguments after `app-server`, such as `-c` and its setting. */
  readonly args?: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

/** A conversation with `codex app-server`: JSON-RPC 2.0 without its version member, one message a line. */
export interface CodexApp {
  /** The result of a method. Rejects with `PROTOCOL` where Codex answers with an error or ends. */
  call(method: string, params: unknown): Promise<unknown>
}

/**
 * Talks to `codex app-server` and ends it, whatever happens, within 30 seconds. Rejects with the error of the system
 * where the program cannot be started.
 */
export async function withCodexApp<T>(call: CodexCall, work: (app: CodexApp) => Promise<T>): Promise<T> {
  const child = spawn(call.command ?? 'codex', ['app-server', ...(call.args ?? [])], {
    cwd: call.cwd,
    env: call.env,
    detached: true, // its launcher starts another program: only the group ends both
    stdio: 'pipe',
  })
  const end = (): void => {
    endGroup(child)
  }
  call.signal?.addEventListener('abort', end, { once: true })
  const timer = setTimeout(end, APP_MS)
  const app = new Conversation(child)
  try {
    await app.started
    await app.call('initialize', { clientInfo: { name: 'loki', title: 'Loki', version: '1' } })
    app.notify('initialized')
    return await work(app)
  } finally {
    clearTimeout(timer)
    call.signal?.removeEventListener('abort', end)
    end()
  }
}

class Conversation implements CodexApp {
  readonly started: Promise<void>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #lastId = 0
  #complaint = ''

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.once('close', () => {
      const error = new GuardError('PROTOCOL', `codex app-server ended without an answer. ${this.#complaint}`.trimEnd())
      for (const { reject } of this.#waiting.values()) reject(error)
    })
    child.stdin.on('error', () => undefined) // its end says the same
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString()).slice(-MAX_COMPLAINT)
    })
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#receive(line)
    })
  }

  call(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#send({ id, method, params })
    })
  }

  notify(method: string): void {
    this.#send({ method })
  }

  #send(message: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`)
  }

  #receive(line: string): void {
    const message = parsed(line)
    const waiting = message?.id === undefined ? undefined : this.#waiting.get(message.id)
    if (message?.error === undefined) waiting?.resolve(message?.result)
    else waiting?.reject(new GuardError('PROTOCOL', `codex app-server: ${message.error.message ?? 'an error'}`))
  }
}

type Message = { readonly id?: number; readonly result?: unknown; readonly error?: { readonly message?: string } }

/** A line that is no JSON is a warning that it prints for people. */
function parsed(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message // JSON-RPC; every field is looked at before it is used
  } catch {
    return undefined
  }
}

function endGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // it has ended already
  }
}
