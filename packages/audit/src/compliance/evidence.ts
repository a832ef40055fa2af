import type { Query } from './query.js'

const DECIDED = ['action.decided']

/** The names of the populations. */
export type EvidenceName =
  | 'entries'
  | 'decisions'
  | 'denials'
  | 'approvalsAsked'
  | 'changes'
  | 'deployments'
  | 'fileReads'
  | 'commands'
  | 'outbound'
  | 'outboundDenials'
  | 'secretFindings'
  | 'selfProtection'
  | 'untrustedCode'
  | 'contentDigests'
  | 'results'
  | 'failures'
  | 'sessionStarts'
  | 'sessionEnds'
  | 'sessionFailures'
  | 'interventions'
  | 'stops'
  | 'gates'
  | 'gateFailures'
  | 'tasks'
  | 'phases'
  | 'readings'
  | 'recoveries'
  | 'erasures'
  | 'maskings'

/** The populations that controls are measured by. Only what Loki really records stands here. */
export const EVIDENCE: Readonly<Record<EvidenceName, Query>> = {
  entries: { title: 'entries of the log', what: 'any' },
  decisions: { title: 'decisions about actions', what: DECIDED },
  denials: { title: 'denied actions', what: DECIDED, facts: { decision: ['DENY'] } },
  approvalsAsked: {
    title: 'actions that needed a person’s approval',
    what: DECIDED,
    facts: { decision: ['REQUIRE_APPROVAL'] },
  },
  changes: {
    title: 'decisions about writing files, version control and deployment',
    what: DECIDED,
    facts: { kind: ['file_write', 'git', 'deploy'] },
  },
  deployments: { title: 'decisions about deployments', what: DECIDED, facts: { kind: ['deploy'] } },
  fileReads: { title: 'decisions about reading files', what: DECIDED, facts: { kind: ['file_read'] } },
  commands: { title: 'decisions about commands', what: DECIDED, facts: { kind: ['command'] } },
  outbound: {
    title: 'decisions about network, tool-server and model calls',
    what: DECIDED,
    facts: { kind: ['network', 'mcp_tool', 'model_call'] },
  },
  outboundDenials: {
    title: 'denied network, tool-server and model calls',
    what: DECIDED,
    facts: { kind: ['network', 'mcp_tool', 'model_call'], decision: ['DENY'] },
  },
  secretFindings: {
    title: 'actions stopped or held because they carried a secret',
    what: DECIDED,
    facts: { rules: ['loki_secret_detection'] },
  },
  selfProtection: {
    title: 'attempts at Loki’s own files',
    what: DECIDED,
    facts: { rules: ['loki_self_protection'] },
  },
  untrustedCode: {
    title: 'refused scripts from elsewhere and commands that cannot be read',
    what: DECIDED,
    facts: { rules: ['loki_remote_script', 'loki_opaque_command', 'loki_unreadable_command'] },
  },
  contentDigests: { title: 'decisions with a digest of the content', what: DECIDED, has: ['content_sha256'] },
  results: { title: 'results of actions', what: ['action.finished'] },
  failures: { title: 'actions that failed', what: ['action.finished'], facts: { ok: [false] } },
  sessionStarts: { title: 'sessions begun', what: ['session.started'] },
  sessionEnds: { title: 'sessions ended', what: ['session.finished', 'session.stopped'] },
  sessionFailures: { title: 'sessions that failed', what: ['session.finished'], facts: { status: ['failed'] } },
  interventions: {
    title: 'times a session was paused, resumed or stopped',
    what: ['session.paused', 'session.resumed', 'session.stopped'],
  },
  stops: { title: 'sessions stopped', what: ['session.stopped'] },
  gates: { title: 'results of gates', what: ['gate.passed', 'gate.failed', 'gate.unmeasured'] },
  gateFailures: { title: 'gates that failed', what: ['gate.failed'] },
  tasks: { title: 'tasks finished', what: ['task.finished'] },
  phases: { title: 'phases of work finished', what: ['phase.finished'] },
  readings: { title: 'readings of the log', what: ['audit.read'] },
  recoveries: { title: 'recoveries of the log', what: ['log.recovered'] },
  maskings: {
    title: 'outputs and prompts kept from a model because of what they held',
    what: ['output.redacted', 'output.withheld', 'prompt.refused'],
  },
  erasures: { title: 'erasures of personal payloads', what: ['erasure', 'erasure.swept'] },
}
