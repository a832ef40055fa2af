import type { AuditLog, ChainReport, VerifyOptions } from '../types.js'
import type { StandardKind } from './catalogue/index.js'
import type { ExceptionName } from './exceptions.js'
import type { Period } from './period.js'
import type { ReportProofs } from './proofs.js'
import type { EntryPlace } from './sample.js'

/** How well a control is evidenced: by the log alone, and never as "compliant". */
export type ControlVerdict = 'evidenced' | 'partial' | 'no evidence' | 'not covered'

/** What to report on. */
export interface ReportOptions {
  /** A log file, its folder, or an open log. */
  readonly log: string | AuditLog
  /** Begin of the period, itself included: a date, or a time with its zone. */
  readonly from: Date | string
  /** End of the period, itself not included; a bare date includes that day (UTC). */
  readonly to: Date | string
  readonly projectName?: string | undefined
  readonly now?: (() => Date) | undefined
  /** What the log is verified against. Without a public key that the caller trusts, signatures on it prove little. */
  readonly verify?: VerifyOptions | undefined
  /** How long proving the entries that are shown may take, in milliseconds; 0 proves none. Default 60,000. */
  readonly proofTimeoutMs?: number | undefined
}

/** A population of entries in the period. */
export interface Evidence {
  /** Name within the report: `denials`. */
  readonly name: string
  readonly title: string
  /** The query in words. */
  readonly query: string
  readonly population: number
  readonly sample: readonly EntryPlace[]
}

/** Something that speaks against a control. */
export interface Exceptions {
  readonly name: ExceptionName
  /** How it is found. */
  readonly meaning: string
  readonly count: number
  /** The first of them. */
  readonly examples: readonly EntryPlace[]
}

/** One control and what the log says of it. */
export interface ControlReport {
  readonly id: string
  readonly title: string
  readonly asks: string
  readonly verdict: ControlVerdict
  /** Why it is this verdict and no better one. */
  readonly reason: string
  readonly evidence: readonly Evidence[]
  readonly exceptions: readonly Exceptions[]
  /** What the log cannot show, and what it should show but does not. */
  readonly gaps: readonly string[]
}

/** What a log of agents says of one standard in one period. */
export interface ComplianceReport {
  /** Version of this shape. */
  readonly version: 1
  /** Said first in every format: a broken chain, an unsigned log, a period that the log does not span. */
  readonly warnings: readonly string[]
  readonly kind: StandardKind
  readonly standard: { readonly title: string; readonly edition: string; readonly note: string }
  readonly projectName: string | null
  readonly generatedAt: string
  readonly chain: ChainReport
  readonly period: Period
  readonly completeness: {
    /** Entries read, of the whole log. */
    readonly entries: number
    readonly inPeriod: number
    readonly first: string | null
    readonly last: string | null
    readonly longestSilence: { readonly from: string; readonly to: string } | null
  }
  readonly sampling: { readonly seed: string | null; readonly size: number; readonly method: string }
  readonly summary: Readonly<Record<ControlVerdict, number>>
  readonly controls: readonly ControlReport[]
  /** Inclusion proofs of every sampled entry and exception. */
  readonly proofs: ReportProofs
  /** What no such report can say. */
  readonly limits: readonly string[]
}
