import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { GuardError } from '../errors.js'
import { HOOK_MARK } from './definition.js'
import type { HookPlace } from './location.js'

/** Codex answers these in well under a second; a first start on a slow machine takes longer. */
const APP_MS = 20_000

/** How Codex itself sees a hook of ours: it calls only those that are enabled and `trusted` or `managed`. */
export type CodexHook = {
  readonly key: string
  readonly event: string
  readonly file: string
  readonly enabled: boolean
  readonly trust: string
  readonly hash: string
}

/** Our hooks as Codex sees them, or `undefined` where there is no `codex` on the path to ask. */
export async function codexHooks(place: HookPlace): Promise<readonly CodexHook[] | undefined> {
  return withCodex(place, (app) => ownHooks(app, place))
}

/**
 * Tells Codex to trust our hooks, through its own `config/value/write`, so that its configuration stays its own to edit.
 * It skips untrusted hooks without a word. Gives the hooks as they are then; `undefined` without a `codex` on the path.
 */
export async function trustCodexHooks(place: HookPlace): Promise<readonly CodexHook[] | undefined> {
  return withCodex(place, async (app) => {
    const hooks = await ownHooks(app, place)
    const state = Object.fromEntries(hooks.map(({ key, hash }) => [key, { trusted_hash: hash }]))
    if (hooks.length > 0)
      await app.call('config/value/write', { keyPath: 'hooks.state', value: state, mergeStrategy: 'upsert' })
    return ownHooks(app, place)
  })
}

async function ownHooks(app: CodexApp, { projectDir }: HookPlace): Promise<readonly CodexHook[]> {
  const result = await app.call('hooks/list', { cwds: [projectDir] })
  const { data } = result as { data: readonly { hooks: readonly ListedHook[] }[] } // its published schema
  const own = data
    .flatMap(({ hooks }) => hooks)
    .filter(({ command }) => command?.trimEnd().endsWith(HOOK_MARK) === true)
  return own.map(({ key, eventName, sourcePath, enabled, trustStatus, currentHash }) => ({
    key,
    event: eventName,
    file: sourcePath,
    enabled,
    trust: trustStatus,
    hash: currentHash,
  }))
}

type ListedHook = {
  readonly key: string
  readonly eventName: string
  readonly command?: string | null
  readonly sourcePath: string
  readonly enabled: boolean
  readonly trustStatus: string
  readonly currentHash: string
}

async function withCodex<T>(place: HookPlace, work: (app: CodexApp) => Promise<T>): Promise<T | undefined> {
  const child = spawn('codex', ['app-server'], { cwd: place.projectDir, env: place.env, stdio: 'pipe' })
  const app = new CodexApp(child)
  const timer = setTimeout(() => child.kill('SIGKILL'), APP_MS)
  try {
    await app.started
    await app.call('initialize', { clientInfo: { name: 'loki', title: 'Loki', version: '1' } })
    app.notify('initialized')
    return await work(app)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined // spawn errors carry a code: no codex
    throw thrown
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
  }
}

/** A client of `codex app-server`: JSON-RPC, one message a line. */
class CodexApp {
  readonly started: Promise<void>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #lastId = 0

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    this.started = new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values())
        reject(new GuardError('PROTOCOL', 'codex app-server ended without an answer.'))
    })
    child.stdin.on('error', () => undefined) // its exit says the same
    child.stderr.resume()
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
    const message = JSON.parse(line) as { id?: number; result?: unknown; error?: { message: string } } // JSON-RPC
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id)
    if (message.error !== undefined)
      waiting?.reject(new GuardError('PROTOCOL', `codex app-server: ${message.error.message}`))
    else waiting?.resolve(message.result)
  }
}
