import type { AuditError } from '../error.js'
import type { AuditOptions, ChainReport, JsonObject, VerifyOptions } from '../types.js'
import type { MirrorReport } from './mirror.js'

/** How something ended that was asked of the control plane. */
export type ControlPlaneResult = 'success' | 'failure' | 'denied'

/** What happened in the control plane: a request to the API, a login, a change of configuration. */
export interface ControlPlaneInput {
  /** Who, always: `token:ci-bot`, `oidc:alice@example.com`, `cli:alice`. */
  readonly user: string
  /** What, by its documented name: `session.start`. */
  readonly action: string
  /** What it was about, kind and id: `session:s-1`. */
  readonly resource?: string | null | undefined
  readonly details?: JsonObject | null | undefined
  /** Where the request came from, an IPv4 or IPv6 address. */
  readonly ip?: string | null | undefined
  readonly result: ControlPlaneResult
}

/** An entry of the control-plane log, in the documented words. */
export interface ControlPlaneEntry {
  readonly timestamp: string
  readonly action: string
  readonly user: string
  readonly resource: string | null
  readonly details: JsonObject | null
  readonly ip: string | null
  /** Null for what the log itself records: a recovery, a reading. */
  readonly result: ControlPlaneResult | null
  /** Its place in the log that proves it. */
  readonly seq: number
  readonly hash: string
}

/** How to open the control-plane log. */
export interface ControlPlaneOptions extends AuditOptions {
  /** Folder of the log; default `dashboard/audit` in `LOKI_HOME` or `~/.loki`. `LOKI_AUDIT_DIR` does not move it. */
  readonly dir?: string | undefined
  /** How long after a record the readable file of its day is brought up to date, in milliseconds. Default 1000; 0: only at close. */
  readonly mirrorMs?: number | undefined
  /** Told when the readable files could not be written; the log itself is not concerned. */
  readonly onMirrorError?: ((error: AuditError) => void) | undefined
}

/** The log of what people and programs do with the control plane. */
export interface ControlPlaneLog {
  readonly enabled: boolean
  readonly dir: string | undefined
  /** Resolves once the record is kept, as that of an audit log. Off: resolves to undefined at once. */
  record(input: ControlPlaneInput): Promise<ControlPlaneEntry | undefined>
  /** Brings the readable files up to date now. */
  mirror(): Promise<MirrorReport>
  verifyChain(options?: VerifyOptions): Promise<ChainReport>
  /** Waits for pending records, brings the readable files up to date and gives the log up. */
  close(): Promise<void>
}
