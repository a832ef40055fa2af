import type { Span, SpanContext } from '../trace/span.js'
import type { StartSpan } from '../trace/tracer.js'
import type { MoreOptions } from './documented.js'

/** What a guard decided. */
export interface DecisionFacts {
  /** Kind of the action: `command`, `file_write`. */
  readonly kind: string
  readonly decision: string
  readonly rule?: string | undefined
  readonly host?: string | undefined
  readonly tool?: string | undefined
  readonly session?: string | undefined
  readonly agent?: string | undefined
  /** The digest of the action, which the audit log has too. */
  readonly digest?: string | undefined
  /** Kept only where content is. */
  readonly command?: string | undefined
}

/** A question to a person, and how it ended. */
export interface ApprovalFacts {
  readonly id: string
  readonly session?: string | undefined
  readonly rule?: string | undefined
  readonly severity?: string | undefined
  /** `approved`, `rejected` or `expired`. */
  readonly outcome?: string | undefined
}

/** A sandbox that was started. */
export interface SandboxFacts {
  /** `docker`, `podman`, `bubblewrap`. */
  readonly backend: string
  readonly session?: string | undefined
  readonly image?: string | undefined
  /** `none`, `bridge`, `host`. */
  readonly network?: string | undefined
}

/** A call to another system. */
export interface IntegrationFacts {
  /** `jira`, `linear`, `github`. */
  readonly integration: string
  /** What is done: `createIssue`. */
  readonly operation: string
  /** The host that is called, without path or query. */
  readonly server?: string | undefined
  readonly attempt?: number | undefined
}

/** The spans of governance. */
export interface GovernanceSpans {
  /** `guard.decision`. A denial is no error: the guard has done its work. */
  startDecisionSpan(parent: SpanContext | undefined, facts: DecisionFacts, options?: MoreOptions): Span
  /** `approval`: from the question to its answer. */
  startApprovalSpan(parent: SpanContext | undefined, facts: ApprovalFacts, options?: MoreOptions): Span
  /** `sandbox.start`. */
  startSandboxSpan(parent: SpanContext | undefined, facts: SandboxFacts, options?: MoreOptions): Span
  /** `integration.<name>.<operation>`. */
  startIntegrationSpan(parent: SpanContext | undefined, facts: IntegrationFacts, options?: MoreOptions): Span
}

export function governanceSpans(start: StartSpan): GovernanceSpans {
  return {
    startDecisionSpan: (parent, facts, options) =>
      start('guard.decision', { ...options, parent }).setAttributes({
        'loki.action.kind': facts.kind,
        'loki.decision': facts.decision,
        'loki.rule': facts.rule,
        'loki.action.host': facts.host,
        'loki.action.tool': facts.tool,
        'loki.session.id': facts.session,
        'loki.agent.name': facts.agent,
        'loki.action.digest': facts.digest,
        'loki.action.command': facts.command,
      }),
    startApprovalSpan: (parent, facts, options) =>
      start('approval', { ...options, parent }).setAttributes({
        'loki.approval.id': facts.id,
        'loki.session.id': facts.session,
        'loki.rule': facts.rule,
        'loki.approval.severity': facts.severity,
        'loki.approval.outcome': facts.outcome,
      }),
    startSandboxSpan: (parent, facts, options) =>
      start('sandbox.start', { ...options, parent }).setAttributes({
        'loki.sandbox.backend': facts.backend,
        'loki.session.id': facts.session,
        'loki.sandbox.image': facts.image,
        'loki.sandbox.network': facts.network,
      }),
    startIntegrationSpan: (parent, facts, options) =>
      start(`integration.${facts.integration}.${facts.operation}`, {
        ...options,
        parent,
        kind: 'client',
      }).setAttributes({
        'loki.integration.name': facts.integration,
        'loki.integration.operation': facts.operation,
        'server.address': facts.server,
        'http.request.resend_count': facts.attempt,
      }),
  }
}
