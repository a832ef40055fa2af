import type { HookAnswer } from '../hosts/host.js'

/** Version of the frames below. A server that does not know a request's version answers `stale`. */
export const PROTOCOL_VERSION = 1

/** Bytes of one frame. A hook's input above {@link MAX_INPUT_BYTES} never gets this far. */
export const MAX_FRAME_BYTES: number = 20 * 1024 * 1024
/** Bytes of a hook's standard input. A call that says more is refused. */
export const MAX_INPUT_BYTES: number = 8 * 1024 * 1024
/** A server that works on a request says so this often, in milliseconds. */
export const WAITING_MS = 1_000

/** One line of JSON from client to server. */
export type Request = HookRequest | PlainRequest<'status'> | PlainRequest<'stop'>

type PlainRequest<Kind extends string> = { readonly v: number; readonly kind: Kind }

/** A hook of a host was called. */
export type HookRequest = {
  readonly v: number
  readonly kind: 'hook'
  readonly host: string
  /** The hook's standard input, unparsed: what is in it is decided in one place. */
  readonly input: string
  /** Where the hook ran. */
  readonly cwd: string
  /** The variables that Loki reads, as the hook saw them. */
  readonly env: Readonly<Record<string, string>>
  /** Which build of the program asks, so that an old server does not answer for a new one. */
  readonly build: string
}

/** One line of JSON from server to client. `waiting` may come any number of times before one of the others. */
export type Response =
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'answer' } & HookAnswer)
  | { readonly kind: 'stale' }
  | ({ readonly kind: 'status' } & GuardStatus)
  | { readonly kind: 'stopping' }
  | { readonly kind: 'error'; readonly message: string }

/** What a guard process says of itself. Times are milliseconds. */
export type GuardStatus = {
  readonly pid: number
  readonly build: string
  readonly uptimeMs: number
  readonly decisions: number
  readonly projects: readonly string[]
}

/** Variables that reach the guard with a request; nothing else of a hook's environment leaves the hook. */
export function governedEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && GOVERNED.test(name)) kept[name] = value
  }
  return kept
}

const GOVERNED =
  /^(?:(?:LOKI|SCOPE|COST|GATE)_[A-Z0-9_]+|HOME|CLAUDE_PROJECT_DIR|GEMINI_PROJECT_DIR|CODEX_HOME|CLAUDE_CONFIG_DIR)$/
