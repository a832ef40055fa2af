import type { FamilyOptions } from './series.js'

export type CounterName = 'events' | 'qualityGatePass' | 'qualityGateFail' | 'tokensConsumed' | 'decisions' | 'denials'

export type HistogramName = 'taskDuration' | 'hookDuration'

export type GaugeName =
  | 'up'
  | 'sessionStatus'
  | 'iterationCurrent'
  | 'iterationMax'
  | 'agentsActive'
  | 'costUsd'
  | 'uptime'
  | 'agentActive'
  | 'councilApprovalRate'
  | 'approvalsWaiting'
  | 'approvalsOldestAge'
  | 'auditLag'
  | 'auditUnanchored'
  | 'forwarderBacklog'
  | 'budgetLeft'

/** What is set by two names at once, or by this package itself. */
type OwnName = 'tasksTotal' | 'tasksNow' | 'agentsTotal' | 'agentsNow' | 'telemetryDropped'

export type FamilyName = CounterName | HistogramName | GaugeName | OwnName

const WORK_SECONDS = [0.5, 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200]
const HOOK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/**
 * Every metric under the name of the call that measures it. `loki_tasks_total` and `loki_agents_total` are gauges in spite of
 * their names, which are documented; `loki_tasks` and `loki_agents` say the same under names that no linter minds.
 */
export const FAMILIES: Readonly<Record<FamilyName, FamilyOptions>> = {
  up: gauge('loki_up', 'Whether the state of the session can be read.'),
  sessionStatus: gauge('loki_session_status', 'State of the session: 0 none or ended, 1 running, 2 paused.'),
  iterationCurrent: gauge('loki_iteration_current', 'Iteration of the current or last session.'),
  iterationMax: gauge('loki_iteration_max', 'Iterations that the session may take.'),
  tasksTotal: gauge('loki_tasks_total', 'Tasks by status.', { labels: ['status'] }),
  tasksNow: gauge('loki_tasks', 'Tasks by status; the same as loki_tasks_total.', { labels: ['status'] }),
  agentsActive: gauge('loki_agents_active', 'Agents that are at work.'),
  agentsTotal: gauge('loki_agents_total', 'All agents of the session.'),
  agentsNow: gauge('loki_agents', 'All agents of the session; the same as loki_agents_total.'),
  costUsd: gauge('loki_cost_usd', 'What the current run has cost so far, in US dollars.', { unit: 'usd' }),
  events: counter('loki_events_total', 'Events that were appended.'),
  uptime: gauge('loki_uptime_seconds', 'Time since the session started.', { unit: 'seconds' }),

  taskDuration: histogram('loki_task_duration_seconds', 'How long tasks took.', {
    unit: 'seconds',
    labels: ['status'],
    buckets: WORK_SECONDS,
  }),
  qualityGatePass: counter('loki_quality_gate_pass_total', 'Quality gates that passed.', { labels: ['gate'] }),
  qualityGateFail: counter('loki_quality_gate_fail_total', 'Quality gates that failed.', { labels: ['gate'] }),
  agentActive: gauge('loki_agent_active', 'Agents that are at work, by type.', { labels: ['agent_type'] }),
  tokensConsumed: counter('loki_tokens_consumed_total', 'Tokens that models took and gave.', {
    labels: ['model', 'agent_type', 'type'],
  }),
  councilApprovalRate: gauge('loki_council_approval_rate', 'Share of council reviews that approved, from 0 to 1.'),

  decisions: counter('loki_decisions_total', 'Decisions of the guard.', { labels: ['decision', 'kind', 'host'] }),
  denials: counter('loki_denials_total', 'Actions that were denied, by the rule that did.', { labels: ['rule'] }),
  approvalsWaiting: gauge('loki_approvals_waiting', 'Questions that wait for a person.'),
  approvalsOldestAge: gauge('loki_approvals_oldest_age_seconds', 'Age of the question that has waited longest.', {
    unit: 'seconds',
  }),
  hookDuration: histogram('loki_hook_duration_seconds', 'How long an agent waited for a decision.', {
    unit: 'seconds',
    labels: ['host'],
    buckets: HOOK_SECONDS,
  }),
  auditLag: gauge('loki_audit_lag_seconds', 'Age of the oldest record that is not yet safe on disk.', {
    unit: 'seconds',
  }),
  auditUnanchored: gauge('loki_audit_unanchored_records', 'Audit records that no anchor covers yet.'),
  forwarderBacklog: gauge('loki_forwarder_backlog_records', 'Audit records that a destination does not have yet.', {
    labels: ['destination'],
  }),
  budgetLeft: gauge('loki_budget_left_usd', 'US dollars that are left of a budget.', {
    unit: 'usd',
    labels: ['budget', 'scope'],
  }),
  telemetryDropped: counter('loki_telemetry_dropped_total', 'Spans and points that were not delivered, by reason.', {
    labels: ['signal', 'reason'],
  }),
}

type More = Pick<FamilyOptions, 'unit' | 'labels' | 'buckets'>

function counter(name: string, help: string, more: More = {}): FamilyOptions {
  return { name, kind: 'counter', help, ...more }
}

function gauge(name: string, help: string, more: More = {}): FamilyOptions {
  return { name, kind: 'gauge', help, ...more }
}

function histogram(name: string, help: string, more: More): FamilyOptions {
  return { name, kind: 'histogram', help, ...more }
}
