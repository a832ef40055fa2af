/** How to open the queue of one project. */
export interface ApprovalsOptions {
  /** Absolute folder of the queue: `.loki/approvals` in the project. */
  readonly dir: string
  /** True turns it on, false off. Default: on where `LOKI_APPROVAL_TIMEOUT` is set. */
  readonly enabled?: boolean | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
  readonly now?: (() => Date) | undefined
}

/** What a person is asked. Texts are shown to people: redact them before. */
export interface Question {
  /** What exactly is asked about: an approval holds for this and nothing else. */
  readonly subject: string
  readonly session: string
  /** The principal that asks: `agent:claude/ses-1`. */
  readonly requestedBy: string
  /** What would be done, in a line: a command, a path. */
  readonly summary: string
  /** More of it: the whole command, a diff. */
  readonly details?: string | undefined
  /** Why a person has to be asked. */
  readonly reason: string
  readonly rule?: string | undefined
  readonly suggest?: string | undefined
  /** `critical`, `high`, `medium`, `low`. */
  readonly severity?: string | undefined
  /** What the session has cost so far, in millionths of a US dollar; absent where it was not measured. */
  readonly costMicros?: number | undefined
  /** How many different people have to approve; default 1. */
  readonly needed?: number | undefined
  /** Of whoever answers, at least one role is of these; anybody where it is absent. */
  readonly roles?: readonly string[] | undefined
  /** Whoever asked may also answer. Default false. */
  readonly selfApproval?: boolean | undefined
  /** Milliseconds until the question is rejected by itself. Default `LOKI_APPROVAL_TIMEOUT`, else 30 minutes. */
  readonly timeoutMs?: number | undefined
  /** What an unanswered question comes to. Default `rejected`. */
  readonly onTimeout?: 'rejected' | 'approved' | undefined
}

/** How far an approval reaches: the one time; the same thing again in this session, until `until` where that is given. */
export type ApprovalScope = 'once' | 'session'

/** What a person says. */
export interface Answer {
  readonly outcome: 'approved' | 'rejected'
  /** The principal that answers: `cli:alice`. */
  readonly by: string
  readonly roles?: readonly string[] | undefined
  /** Given to the model. */
  readonly comment?: string | undefined
  /** Default `once`. */
  readonly scope?: ApprovalScope | undefined
  /** When a `session` approval ends. */
  readonly until?: Date | undefined
}

export type ApprovalStatus = 'pending' | 'approved' | 'rejected' | 'expired'

/** A question and what became of it. */
export interface Approval extends Required<
  Pick<Question, 'subject' | 'session' | 'requestedBy' | 'summary' | 'reason'>
> {
  /** `apr-` and 32 hex digits. */
  readonly id: string
  readonly status: ApprovalStatus
  readonly createdAt: string
  readonly expiresAt: string
  readonly details?: string
  readonly rule?: string
  readonly suggest?: string
  readonly severity?: string
  readonly costMicros?: number
  readonly needed: number
  readonly roles?: readonly string[]
  /** Who has approved so far. */
  readonly approvedBy: readonly string[]
  /** The end of it; absent while it is pending. */
  readonly decision?: Decision
  /** When its one use was taken. */
  readonly usedAt?: string
}

/** How a question ended. */
export interface Decision {
  readonly outcome: 'approved' | 'rejected' | 'expired'
  /** The last who was needed; `timeout` where nobody answered in time. */
  readonly by: string
  readonly at: string
  readonly scope: ApprovalScope
  readonly until?: string
  readonly comment?: string
}

/** A durable queue of questions to people. */
export interface ApprovalQueue {
  readonly enabled: boolean
  readonly dir: string | undefined
  /**
   * Puts a question, or gives the one that already waits for the same subject in the same session. Rejects with an ApprovalError;
   * off, with one that says how to turn the queue on.
   */
  ask(question: Question): Promise<Approval>
  /**
   * Answers. The first decision holds, whoever else answers at the same time. Rejects with `ALREADY_DECIDED`, `SELF_APPROVAL`,
   * `NOT_ALLOWED` or `UNKNOWN_APPROVAL`.
   */
  answer(id: string, answer: Answer): Promise<Approval>
  /** Takes an approval of exactly this subject in this session, where there is one. One for `once` is taken once. */
  take(subject: string, session: string): Promise<Approval | undefined>
  /** Resolves with the question once it is decided on, or as it stands when the signal fires. */
  wait(id: string, options?: { readonly signal?: AbortSignal; readonly pollMs?: number }): Promise<Approval>
  get(id: string): Promise<Approval>
  /** The newest first. */
  list(status?: ApprovalStatus): Promise<readonly Approval[]>
}
