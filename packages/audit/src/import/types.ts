import type { AuditLog } from '../types.js'
import type { OldDefect, OldFormat } from './old-log.js'

/** What to import, and where to. */
export interface ImportOptions {
  /** An old log, or a folder of them: `audit.jsonl` and `audit-<date>.jsonl` of a dashboard. */
  readonly from: string
  readonly log: AuditLog
  /** The principal that imports: `cli:alice`. */
  readonly who: string
  /** Judges everything and records nothing. */
  readonly dryRun?: boolean | undefined
  /**
   * Takes secrets out of what is kept of old lines: these logs held them in clear. Digests and hashes stay those of the
   * original. Default: nothing is taken out.
   */
  readonly redact?: ((text: string) => string) | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /** Ends the import where it is; the next one goes on there. */
  readonly signal?: AbortSignal | undefined
}

/** How far an import is. */
export interface ImportProgress {
  readonly file: string
  readonly lines: number
  readonly bytes: number
  /** Bytes of the file. */
  readonly total: number
}

/** What was found in one old file. */
export interface ImportedFile {
  readonly file: string
  readonly format: OldFormat | null
  readonly bytes: number
  /** Hex, of all of it. */
  readonly sha256: string
  /** SHA-256 of its first line in hex: what all imports of this log have in common. */
  readonly origin: string | null
  readonly lines: number
  /** Lines of nothing, which are counted and not imported. */
  readonly blank: number
  /** Recorded now; in a dry run, what would be. */
  readonly imported: number
  /** On the log already. */
  readonly already: number
  /** Of all lines: what the old log itself can vouch for, cannot, and contradicts. */
  readonly verified: number
  readonly unverifiable: number
  readonly defective: number
  readonly defects: Readonly<Partial<Record<OldDefect, number>>>
  /** The first lines with a defect. */
  readonly examples: readonly { readonly line: number; readonly defects: readonly OldDefect[] }[]
  /** How the log agrees with `witness.jsonl` beside it; null where there is none. */
  readonly witness: { readonly agree: number; readonly contradict: number; readonly beyond: number } | null
}

/** What an import did. */
export interface ImportResult {
  readonly dryRun: boolean
  readonly files: readonly ImportedFile[]
  /** Files of the folder that are no old log, and why they were left out. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[]
}
