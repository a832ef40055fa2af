import type { KeyObject } from 'node:crypto'
import type { AuditError } from './error.js'

/** Anything that JSON can hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

/** A JSON object. A member that is `undefined` is left out of the record. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/** What the caller says about one thing that happened. */
export interface AuditInput {
  /** The principal: `agent:claude/sess-1`, `cli:alice`. Not empty. */
  readonly who: string
  /** The kind of thing: `action.decided`. Not empty. */
  readonly what: string
  readonly where?: string | null | undefined
  readonly why?: string | null | undefined
  readonly metadata?: JsonObject | null | undefined
}

/** One record as it stands in the log. */
export interface AuditEntry {
  /** Place in the chain, from 0, without gaps. */
  readonly seq: number
  /** When `record` was called, by the caller's clock: `2026-01-31T12:00:00.000Z`. */
  readonly timestamp: string
  readonly who: string
  readonly what: string
  readonly where: string | null
  readonly why: string | null
  readonly metadata: JsonObject | null
  /** `hash` of the entry before, `GENESIS` in the first. */
  readonly previousHash: string
  /** `sha256:` and 64 hex digits over 0x00 and the canonical entry without this field. */
  readonly hash: string
}

/** Which entries to read; all given conditions must hold. */
export interface AuditFilter {
  readonly who?: string | undefined
  readonly what?: string | undefined
  /** From this moment on, itself included. A Date, or a text that `Date` reads. */
  readonly since?: Date | string | undefined
  /** Up to this moment, itself not included. */
  readonly until?: Date | string | undefined
}

/** Why a log does not verify. */
export type ChainDefect =
  | 'DISABLED'
  | 'MISSING'
  | 'UNREADABLE'
  | 'NOT_CANONICAL'
  | 'HASH_MISMATCH'
  | 'SEQ_GAP'
  | 'CHAIN_BROKEN'
  | 'SEGMENT_CHANGED'
  | 'BAD_TOMBSTONE'
  | 'TORN_TAIL'
  | 'TRUNCATED'
  | 'REWRITTEN'
  | 'FORKED'
  | 'BAD_CHECKPOINT'
  | 'UNSIGNED'

/** What can be said of a log as a whole. */
export type Verdict =
  /** Unchanged since the checkpoint that the report names; what came later is chained, but not signed. */
  | 'INTACT'
  /** The chain holds, and no checkpoint says whether it was cut or made anew. */
  | 'UNSIGNED'
  /** Shorter than a signed checkpoint. */
  | 'TRUNCATED'
  /** Another log than the one that was signed. */
  | 'REWRITTEN'
  /** One key has signed two histories that exclude each other. */
  | 'FORKED'
  /** No file, an empty one, or a closed segment that is gone without a tombstone. */
  | 'MISSING'
  /** The last line has no end. */
  | 'TORN'
  /** A line that is not the canonical form of an entry. */
  | 'NON_CANONICAL'
  /** A line's hash, number or link to the line before does not fit, or a closed segment is not as it was closed. */
  | 'BROKEN'
  /** A checkpoint that does not verify, so that nothing is known. */
  | 'BAD_CHECKPOINT'
  | 'UNREADABLE'
  | 'DISABLED'

/** The latest checkpoint that a log was found to agree with. */
export interface Anchoring {
  /** How many entries it covers, from the first one on. */
  readonly size: number
  /** When it was signed, by the signer's clock: `2026-01-31T12:00:00.000Z`. */
  readonly time: string
  readonly origin: string
  /** The long-term public key behind it, as a vkey. */
  readonly publicKey: string
  /** Whether the caller asked for this key. If not, whoever wrote the folder chose it: compare it. */
  readonly trusted: boolean
  /** Entries behind it, which are chained but not signed yet. */
  readonly unanchored: number
  /** The largest tree of the log that a witness has cosigned; null where none has. */
  readonly witness: Witnessing | null
}

/** What a witness has cosigned: up to there, not even the holder of the long-term key can have put another log in place. */
export interface Witnessing {
  readonly name: string
  readonly size: number
  /** When, by the clock of the witness. */
  readonly time: string
  /** The key of the witness, as a vkey. */
  readonly publicKey: string
  /** Whether the caller asked for this witness. If not, whoever wrote the folder named it: compare its key. */
  readonly trusted: boolean
  /** Entries behind it. */
  readonly unanchored: number
}

/** Entries that are gone because they were old enough, and what stands for them. */
export interface Pruned {
  /** How many, from entry 0 on; verification begins behind them. */
  readonly entries: number
  /** The entry `segments.pruned` that tells of them. */
  readonly seq: number
}

/** What a log is verified against. */
export interface VerifyOptions {
  /** `strict`, the default, demands that every line is canonical; `fast` only that hashes, numbers and links fit. */
  readonly mode?: 'strict' | 'fast' | undefined
  /** The long-term public key, as a vkey. Given one, a log without a checkpoint of this key is not valid. */
  readonly publicKey?: string | undefined
  /** Files with copies of checkpoints that were kept elsewhere: `checkpoint`, or `checkpoints.jsonl`. */
  readonly anchors?: readonly string[] | undefined
  /** Keys of witnesses, as vkeys. Given any, a log of which none of them has cosigned a checkpoint is not valid. */
  readonly witnesses?: readonly string[] | undefined
}

/** What verification found, from the first byte to the first defect. */
export interface ChainReport {
  readonly valid: boolean
  readonly verdict: Verdict
  /** The verdict in a sentence, with what it covers. */
  readonly summary: string
  /** The latest checkpoint that the log agrees with; null where there is none, or where the log does not verify. */
  readonly checkpoint: Anchoring | null
  /** False when auditing is switched off, so nothing was looked at. */
  readonly enabled: boolean
  readonly file: string | undefined
  /** How many entries verified, from the first one that is there on without a defect. */
  readonly entries: number
  /** `seq` of the first entry that does not verify; null when none, or when there is no log to read. */
  readonly brokenAt: number | null
  /** The file with that entry, beside `file`: `audit.jsonl`, `segments/000003.jsonl.gz`; null without a place. */
  readonly segment: string | null
  /** The entry's line in the segment, from 1, as editors count. */
  readonly line: number | null
  /** What was removed under a tombstone; null when nothing. */
  readonly pruned: Pruned | null
  readonly code: ChainDefect | null
  /** The defect in a sentence; null when valid. */
  readonly error: string | null
  /** The last entry that verified. Keep it elsewhere: a later log that lacks it was cut or rewritten. */
  readonly head: { readonly seq: number; readonly hash: string } | null
}

/** How to open the log of one folder. */
export interface AuditOptions {
  /** Folder that holds `audit.jsonl`. Default: `LOKI_AUDIT_DIR`, else `.loki/audit` under the current folder. */
  readonly dir?: string | undefined
  /** True turns auditing on, false off, without a variable. `LOKI_AUDIT_DISABLED=true` wins over both. */
  readonly enabled?: boolean | undefined
  /** Default `process.env`, read when `openAudit` is called. */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** The clock that stamps records. */
  readonly now?: (() => Date) | undefined
  /** How long one record may wait for the disk or for the writing process, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /**
   * Signs checkpoints while this log is the writer. `auto` signs unless the folder of the key lies inside the project, and
   * leaves it to `LOKI_AUDIT_CHECKPOINTS` where that is set. Default `LOKI_AUDIT_CHECKPOINTS`, else false.
   */
  readonly checkpoints?: boolean | 'auto' | undefined
  /** The long-term Ed25519 key, object or PKCS#8 PEM, for a caller that keeps it itself. Default: that of `keyDir`. */
  readonly signingKey?: KeyObject | string | undefined
  /** Folder of the long-term key; made on first use. Default `audit-keys` in `LOKI_HOME` or `~/.loki`. */
  readonly keyDir?: string | undefined
  /** How long an idle writer waits before it signs again, in milliseconds. Default 300,000. */
  readonly heartbeatMs?: number | undefined
  /** What an acknowledged record has survived. Default `LOKI_AUDIT_DURABILITY`, else `durable`. */
  readonly durability?: Durability | undefined
  /** Where checkpoints are kept out of the writer's reach; `anchored` records wait for all of them. Default: `LOKI_AUDIT_ANCHOR_*`. */
  readonly anchors?: readonly Anchor[] | undefined
  /**
   * What `record` does when the record cannot be written. Default `LOKI_AUDIT_ON_FAILURE`, else `block`: it rejects. `alarm`:
   * it resolves to undefined, `onAlarm` is called once, and the log itself tells of the loss as soon as it can.
   */
  readonly onFailure?: 'block' | 'alarm' | undefined
  readonly onAlarm?: ((error: AuditError) => void) | undefined
  /** Size of `audit.jsonl`, in MiB, at which a new segment begins. Default `LOKI_AUDIT_MAX_SIZE_MB`, else 10. */
  readonly maxSizeMb?: number | undefined
  /** How many closed segments are kept at least. Default `LOKI_AUDIT_MAX_FILES`, else 10. */
  readonly maxFiles?: number | undefined
  /** How many days a closed segment is kept at least. Default `LOKI_AUDIT_RETENTION_DAYS`, else 30. */
  readonly retentionDays?: number | undefined
}

/**
 * When a record counts as kept. `buffered`: it is with the operating system and survives the death of the process;
 * `durable`: it is on disk and survives a loss of power; `anchored`: every anchor has a checkpoint that covers it.
 */
export type Durability = 'buffered' | 'durable' | 'anchored'

/** A place for checkpoints that whoever writes the log cannot take them back from. */
export interface Anchor {
  readonly name: string
  /** Resolves once a copy is kept there; rejects otherwise. The text is that of a signed checkpoint. */
  keep(checkpoint: string): Promise<void>
}

/** An append-only log that many processes may share. */
export interface AuditLog {
  readonly enabled: boolean
  readonly dir: string | undefined
  /**
   * Resolves once the record is kept as `durability` says, by default on disk and synced; rejects with an AuditError.
   * Off: resolves to undefined at once.
   */
  record(input: AuditInput): Promise<AuditEntry | undefined>
  /** Streams the entries on disk, oldest first, in bounded memory. It does not verify hashes: see `verifyChain`. */
  readEntries(filter?: AuditFilter): AsyncIterable<AuditEntry>
  /** Verifies every line from the first; reports rather than throws. */
  verifyChain(options?: VerifyOptions): Promise<ChainReport>
  /** Waits for pending records, then gives lock and socket up. May be called again. */
  close(): Promise<void>
}

/** What a proof was found to prove: this entry is in the log that was signed. */
export interface ProvenEntry {
  readonly entry: AuditEntry
  /** How many entries the signed log had. */
  readonly size: number
  /** When it was signed, by the signer's clock. */
  readonly time: string
  readonly origin: string
  /** The long-term public key behind it, as a vkey. */
  readonly publicKey: string
}

/** What a consistency proof was found to prove: the newer log begins with all of the older one. */
export interface ProvenGrowth {
  readonly origin: string
  readonly oldSize: number
  readonly size: number
  readonly time: string
}
