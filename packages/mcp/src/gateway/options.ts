import type { AuditLog } from '@loki/audit'
import type { RemoteGuard } from '@loki/guard'
import type { ServerConfig } from '../configuration/server.js'

const MAX_RESULT = 8 * 1024 * 1024

export interface GatewayOptions {
  /** Absolute root of the governed project. */
  readonly projectDir: string
  readonly servers: readonly ServerConfig[]
  /** Decides on every request and on what comes back, and records it. */
  readonly guard: Pick<RemoteGuard, 'check' | 'finished' | 'reviewOutput'>
  /** Where the gateway records what only it sees: a tool that changed, and that it was called all the same. */
  readonly audit?: AuditLog
  /** Where the variables of policies and the few variables of servers come from; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** The Loki session; default `LOKI_SESSION_ID`, else one named after the agent. */
  readonly session?: string
  /** Lets servers ask the agent's model. Each request is checked. Default: they are told that nobody answers. */
  readonly sampling?: boolean
  /** Milliseconds for a server to start and introduce itself; default 30000. */
  readonly connectMs?: number
  /** Milliseconds that an agent's `initialize` waits for servers; those that are later still join. Default 8000. */
  readonly startMs?: number
  /** Milliseconds of silence after which a request to a server is given up; progress counts as a word. Default 300000. */
  readonly callMs?: number
  /** Bytes of one result; default 8 MiB. A server that sends a message of four times as many is ended. */
  readonly maxResultBytes?: number
  /** What a person should know, a line each: a server that is down, a tool that changed. */
  readonly onNotice?: (line: string) => void
  readonly version?: string
  readonly now?: () => number
}

/** {@link GatewayOptions} with every default in its place. */
export type Settings = Required<Omit<GatewayOptions, 'audit' | 'session'>> &
  Pick<GatewayOptions, 'audit' | 'session'> & {
    /** Bytes of one message, from either side. */
    readonly maxMessageBytes: number
  }

export function settingsOf(options: GatewayOptions): Settings {
  const { maxResultBytes = MAX_RESULT } = options
  return {
    env: process.env,
    sampling: false,
    connectMs: 30_000,
    startMs: 8_000,
    callMs: 300_000,
    maxResultBytes,
    maxMessageBytes: 4 * maxResultBytes,
    onNotice: () => undefined,
    version: '0',
    now: Date.now,
    ...options,
  }
}
