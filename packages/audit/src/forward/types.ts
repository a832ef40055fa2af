import type { AuditEntry } from '../types.js'

/** The receivers there are. */
export type TargetKind = 'syslog' | 'splunk' | 'elasticsearch' | 'cloudwatch' | 'otlp'

/** How an entry is written for a receiver: the raw line, ArcSight CEF, Elastic Common Schema, or OCSF. */
export type Format = 'json' | 'cef' | 'ecs' | 'ocsf'

export type SyslogProtocol = 'udp' | 'tcp' | 'tls' | 'relp'

export interface SyslogTarget {
  readonly kind: 'syslog'
  readonly host: string
  readonly port: number
  readonly protocol: SyslogProtocol
  readonly format: Format
  /** Size of the largest message, header included; what is larger is sent cut. */
  readonly maxBytes: number
  /** PEM files, for `tls`: who may have signed the receiver's certificate, and our own certificate with its key. */
  readonly caFile?: string | undefined
  readonly certFile?: string | undefined
  readonly keyFile?: string | undefined
}

export interface SplunkTarget {
  readonly kind: 'splunk'
  readonly url: string
  readonly token: string
  readonly index?: string | undefined
  readonly sourcetype: string
  readonly format: Format
}

export interface ElasticsearchTarget {
  readonly kind: 'elasticsearch'
  readonly url: string
  readonly index: string
  readonly apiKey?: string | undefined
}

export interface CloudWatchTarget {
  readonly kind: 'cloudwatch'
  readonly endpoint: string
  readonly region: string
  readonly group: string
  readonly stream: string
  readonly format: Format
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export interface OtlpTarget {
  readonly kind: 'otlp'
  readonly url: string
}

/** Where entries are sent. Tokens and keys are in it: show `destinationOf(target)` instead. */
export type ForwardTarget = SyslogTarget | SplunkTarget | ElasticsearchTarget | CloudWatchTarget | OtlpTarget

/** One entry on its way. */
export interface ForwardRecord {
  readonly entry: AuditEntry
  /** The line of the log without its LF; of a cut record, the JSON of what is left. */
  readonly line: string
}

/** What became of one record of a batch. */
export type Outcome =
  | { readonly kind: 'taken' }
  /** Taken, but too large to be sent whole: what went out names the entry by number and hash. */
  | { readonly kind: 'cut' }
  /** The receiver will never take it. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string }

/** What became of a batch. */
export type Delivery =
  | {
      readonly kind: 'settled'
      readonly answer: string
      /** One for each record, in their order. */
      readonly outcomes: readonly Outcome[]
      /** Records that the receiver refused without saying which. */
      readonly unnamed?: { readonly count: number; readonly reason: string } | undefined
      readonly retryAfterMs?: number | undefined
    }
  /** The receiver took none, or nobody knows which: all are sent again. */
  | { readonly kind: 'later'; readonly reason: string; readonly retryAfterMs?: number | undefined }
  /** The receiver refuses the batch for what is in it, or for its size: it is sent again in halves. */
  | { readonly kind: 'unacceptable'; readonly reason: string }

/** One receiver. */
export interface Sink {
  /** Whether the receiver itself says that it has a record. */
  readonly acknowledged: boolean
  readonly limits: { readonly records: number; readonly bytes: number }
  /** A connection broke after records went out over it: `deliver`, even of nothing, sends them again. */
  readonly owes: boolean
  /** Never rejects. Ends early when the signal fires. */
  deliver(records: readonly ForwardRecord[], signal: AbortSignal): Promise<Delivery>
  close(): Promise<void>
}

/** How far a receiver is. */
export interface TargetStatus {
  readonly target: TargetKind
  /** Without token or key. */
  readonly destination: string
  /** The last entry that the receiver has; null before the first. */
  readonly cursor: { readonly seq: number; readonly hash: string } | null
  /** `seq` of the last entry of the log; null without one. */
  readonly head: number | null
  /** Entries that are still to be sent. */
  readonly lag: number
  readonly delivered: number
  /** How many of them were sent cut. */
  readonly cut: number
  /** Entries that the receiver will never take; `refused.jsonl` names them. */
  readonly refused: number
  readonly deliveredAt: string | null
  /** The last checkpoint that the receiver has: how many entries it covers, and the digest of its text; null before the first. */
  readonly checkpoint: { readonly size: number; readonly hash: string } | null
  /** Why the last attempt failed; null when it did not. */
  readonly failure: { readonly at: string; readonly reason: string; readonly attempts: number } | null
}

/** What one test record met with. */
export interface TestResult {
  readonly target: TargetKind
  readonly destination: string
  readonly ok: boolean
  /** Whether the receiver itself said that it has the record. */
  readonly acknowledged: boolean
  /** The receiver's answer, or why there is none. */
  readonly answer: string
  readonly hash: string
  readonly durationMs: number
}

export interface ForwardingOptions {
  /** Folder of the log. Default: `LOKI_AUDIT_DIR`, else `.loki/audit` under the current folder. */
  readonly dir?: string | undefined
  /** Default `process.env`, read when `openForwarding` is called. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Default: what the environment names. */
  readonly targets?: readonly ForwardTarget[] | undefined
  readonly now?: (() => Date) | undefined
  /** Gives numbers from 0 to 1 that spread the retries. */
  readonly random?: (() => number) | undefined
  readonly fetch?: typeof fetch | undefined
  /** How often to look for new entries, in milliseconds. Default 500. */
  readonly pollMs?: number | undefined
  /** How long one batch may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** First and longest wait after a failure, in milliseconds. Default 500 and 60,000. */
  readonly backoff?: { readonly firstMs: number; readonly mostMs: number } | undefined
}

/** Sends a log to its receivers, each at its own pace. */
export interface Forwarding {
  readonly enabled: boolean
  readonly dir: string | undefined
  /** Begins to forward, and goes on until `close`. */
  start(): void
  /** Sends what is in the log now; a receiver that fails is not tried again. */
  drain(): Promise<readonly TargetStatus[]>
  status(): Promise<readonly TargetStatus[]>
  /** Waits for no receiver: what was not acknowledged is sent again next time. May be called again. */
  close(): Promise<void>
}
