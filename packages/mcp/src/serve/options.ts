import type { AuditLog } from '@loki/audit'

/** What an agent asks a person. */
export interface ApprovalQuestion {
  readonly session: string | undefined
  /** What it wants to do. */
  readonly what: string
  /** Why. */
  readonly why: string
}

/** What became of a question so far. */
export interface ApprovalAnswer {
  readonly status: 'pending' | 'approved' | 'rejected'
  /** How to ask after it again. */
  readonly id?: string
  readonly note?: string
}

export interface LokiToolsOptions {
  /** Absolute root of the project that the tools are about; they tell nothing of another. */
  readonly projectDir: string
  /** The log that denials are explained from; it is only read. */
  readonly audit: AuditLog
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Puts a question to a person. Without it nobody can be asked, and agents are told so. */
  readonly ask?: (question: ApprovalQuestion) => Promise<ApprovalAnswer>
  /** What else is known of the session, such as its budget. What was not measured is not in it. */
  readonly facts?: () => Promise<Readonly<Record<string, unknown>>>
  readonly version?: string
}
