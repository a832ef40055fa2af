import type { ActionResult } from '../action.js'
import type { HookAnswer } from '../hosts/host.js'
import type { OutputReview } from '../review.js'
import type { Verdict } from '../verdict.js'

/** Version of the frames below. A server that does not know a request's version answers `stale`. */
export const PROTOCOL_VERSION = 1

/** Bytes of one frame. A hook's input above {@link MAX_INPUT_BYTES} never gets this far. */
export const MAX_FRAME_BYTES: number = 20 * 1024 * 1024
/** Bytes of a hook's standard input. A call that says more is refused. */
export const MAX_INPUT_BYTES: number = 8 * 1024 * 1024
/** A server that works on a request says so this often, in milliseconds. */
export const WAITING_MS = 1_000

/** One line of JSON from client to server. */
export type Request = HookRequest | ActionRequest | PlainRequest<'status'> | PlainRequest<'stop'>

type PlainRequest<Kind extends string> = { readonly v: number; readonly kind: Kind }

/** A hook of a host was called. */
export type HookRequest = {
  readonly v: number
  readonly kind: 'hook'
  readonly host: string
  /** The event, of a host whose input does not name it. */
  readonly event?: string
  /** The hook's standard input, unparsed: what is in it is decided in one place. */
  readonly input: string
  /** Where the hook ran. */
  readonly cwd: string
  /** The variables that Loki reads, as the hook saw them. */
  readonly env: Readonly<Record<string, string>>
  /** Which build of the program asks, so that an old server does not answer for a new one. */
  readonly build: string
}

/** A door of our own asks about an action or what it brought back, or tells how it ended. */
export type ActionRequest = {
  readonly v: number
  readonly kind: 'check' | 'finished' | 'review'
  /** Which door: `mcp`, `git` or `api`. */
  readonly door: DoorName
  /** The action without its host, as JSON: what is in it is decided in one place. */
  readonly action: string
  /** Of a `finished`: what became of it. */
  readonly result?: ActionResult
  /** Of a `review`: what the action brought back. */
  readonly texts?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly build: string
}

/** Doors of our own, as actions name them. */
type DoorName = (typeof DOORS)[number]
export const DOORS: readonly ['mcp', 'git', 'api'] = ['mcp', 'git', 'api'] as const

/** One line of JSON from server to client. `waiting` may come any number of times before one of the others. */
export type Response =
  | { readonly kind: 'waiting' }
  | ({ readonly kind: 'answer' } & HookAnswer)
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  | { readonly kind: 'noted' }
  | { readonly kind: 'reviewed'; readonly review: OutputReview }
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
  /** A sentence for each project that an older policy governs, because its files cannot be used. */
  readonly degraded: readonly string[]
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
  /^(?:(?:LOKI|SCOPE|COST|GATE)_[A-Z0-9_]+|HOME|XDG_CONFIG_HOME|(?:CLAUDE|GEMINI|COPILOT|CURSOR)_PROJECT_DIR|CODEX_HOME|COPILOT_HOME|CLAUDE_CONFIG_DIR)$/
