import { anchorVariables } from './anchor-variables.js'
import { controlVariables } from './control-variables.js'
import { forwardingVariables } from './forwarding-variables.js'

/** One environment variable that Loki reads or sets. */
export interface Variable {
  readonly name: string
  readonly group: VariableGroup
  /** What holds where it is unset, empty or blank. */
  readonly default: string
  /** Who reads it. */
  readonly readBy: string
  readonly meaning: string
  /** Its value is never shown. */
  readonly secret?: boolean
}

export type VariableGroup =
  | 'audit'
  | 'anchors'
  | 'forwarding'
  | 'policies'
  | 'costs'
  | 'approvals'
  | 'gates'
  | 'telemetry'
  | 'events'
  | 'guard'
  | 'session'
  | 'command line'

export const groupTitles: Readonly<Record<VariableGroup, string>> = {
  audit: 'Audit',
  anchors: 'Anchors of the audit log',
  forwarding: 'Forwarding of the audit log',
  policies: 'Policies',
  costs: 'Costs',
  approvals: 'Approvals',
  gates: 'Gates and branches',
  telemetry: 'Telemetry',
  events: 'Events',
  guard: 'Guard',
  session: 'Inside a session: set by `loki start` for the agent it runs',
  'command line': 'Command line',
}

/**
 * Every variable that the code of this repository reads. A test compares the names with those in the sources, so a
 * variable cannot be added without a line here.
 */
export const variables: readonly Variable[] = [
  {
    name: 'LOKI_AUDIT_CHECKPOINTS',
    group: 'audit',
    default: 'true, but where the key would lie inside the project',
    readBy: '@loki/audit',
    meaning: 'Boolean. Signs checkpoints while the log is written, with a key in `audit-keys` of `LOKI_HOME`.',
  },
  {
    name: 'LOKI_AUDIT_DIR',
    group: 'audit',
    default: '`.loki/audit` in the project',
    readBy: '@loki/audit',
    meaning: 'Folder of the audit log. Setting it turns auditing on.',
  },
  {
    name: 'LOKI_AUDIT_DISABLED',
    group: 'audit',
    default: 'false',
    readBy: '@loki/audit',
    meaning: 'Boolean. Turns auditing off, whatever else is set.',
  },
  {
    name: 'LOKI_AUDIT_DURABILITY',
    group: 'audit',
    default: '`durable`',
    readBy: '@loki/audit',
    meaning:
      'What an acknowledged record has survived: `buffered` the death of the process, `durable` a loss of power, `anchored` is also covered by a checkpoint that every anchor keeps.',
  },
  {
    name: 'LOKI_AUDIT_MAX_FILES',
    group: 'audit',
    default: '10',
    readBy: '@loki/audit',
    meaning: 'How many closed segments of the log are kept at least.',
  },
  {
    name: 'LOKI_AUDIT_MAX_SIZE_MB',
    group: 'audit',
    default: '10',
    readBy: '@loki/audit',
    meaning: 'Size of `audit.jsonl`, in MiB, at which it is closed and a new segment begins; a new day begins one too.',
  },
  {
    name: 'LOKI_AUDIT_ON_FAILURE',
    group: 'audit',
    default: '`block`',
    readBy: '@loki/audit',
    meaning:
      'What happens where a record cannot be written: `block` refuses, and so the action is denied; `alarm` goes on and records the loss when it can.',
  },
  {
    name: 'LOKI_AUDIT_RETENTION_DAYS',
    group: 'audit',
    default: '30',
    readBy: '@loki/audit',
    meaning:
      'How many days a closed segment of the log is kept at least; with `LOKI_AUDIT_MAX_FILES`, whichever keeps more.',
  },
  {
    name: 'LOKI_ENTERPRISE_AUDIT',
    group: 'audit',
    default: 'false; `loki` itself turns auditing on',
    readBy: '@loki/audit',
    meaning: 'Boolean. Turns auditing on for programs that embed the package.',
  },
  {
    name: 'LOKI_POLICY_FILE',
    group: 'policies',
    default: '`/etc/loki/policies.yaml`, if it is there',
    readBy: '@loki/policies',
    meaning:
      "Absolute path of the organisation's policy file. The project can only be stricter. Denies all if it is not there.",
  },
  {
    name: 'LOKI_SESSION_POLICY_FILE',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning: "Absolute path of a policy file for this session, which can only make the project's stricter.",
  },
  {
    name: 'LOKI_POLICY_PACK',
    group: 'policies',
    default: '`standard`',
    readBy: '@loki/policies',
    meaning: 'How much of the built-in pack of rules holds: `strict`, `standard`, `minimal` or `off`.',
  },
  {
    name: 'LOKI_RESIDENCY_PROVIDERS',
    group: 'policies',
    default: 'any provider',
    readBy: '@loki/policies',
    meaning: 'Providers whose models may be called, separated by commas or spaces. Goes before `.loki/residency.json`.',
  },
  {
    name: 'LOKI_RESIDENCY_REGIONS',
    group: 'policies',
    default: 'any region',
    readBy: '@loki/policies',
    meaning:
      'Regions in which models may be called, separated by commas or spaces. A region that is not known is denied.',
  },
  {
    name: 'LOKI_PROVIDER_REGION',
    group: 'policies',
    default: 'what the agent CLI is told: `AWS_REGION`, `CLOUD_ML_REGION`, `GOOGLE_CLOUD_LOCATION`',
    readBy: '@loki/runner',
    meaning: 'The region that the provider’s model runs in, for rules about residency.',
  },
  {
    name: 'LOKI_AIR_GAPPED',
    group: 'policies',
    default: 'false',
    readBy: '@loki/policies',
    meaning: 'Boolean. Only providers that do not leave this machine: `local`, `ollama`, `replay`.',
  },
  {
    name: 'LOKI_ALLOWED_PATHS',
    group: 'policies',
    default: 'no limit but those of the policy file',
    readBy: '@loki/policies',
    meaning: 'Folders, separated by commas, in which agents may read and write; relative ones start at the project.',
  },
  {
    name: 'LOKI_BLOCKED_COMMANDS',
    group: 'policies',
    default: '`rm -rf /`, `dd if=`, `mkfs`, the fork bomb',
    readBy: '@loki/policies',
    meaning: 'Commands that are never run, separated by commas; matched on parsed commands, however they are spelled.',
  },
  {
    name: 'SCOPE_ALLOWED_BRANCHES',
    group: 'policies',
    default: 'any branch',
    readBy: '@loki/policies',
    meaning: 'Branches that may be made and pushed to, separated by spaces or commas; `*` stands for any characters.',
  },
  {
    name: 'SCOPE_DENIED_BRANCHES',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning: 'Branches that may not be made or pushed to, written the same way; they win over the allowed ones.',
  },
  {
    name: 'SCOPE_ALLOWED_PATHS',
    group: 'policies',
    default: 'no limit but those of the policy file',
    readBy: '@loki/policies',
    meaning:
      'Paths below which agents may read and write, separated by spaces or commas; relative ones start at the project, `*` and `**` as in policy files.',
  },
  {
    name: 'SCOPE_DENIED_PATHS',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning:
      'Paths that agents may not use, written the same way; a name without a slash means it in any folder. They win over the allowed ones.',
  },
  {
    name: 'SCOPE_ALLOWED_EXTENSIONS',
    group: 'policies',
    default: 'any',
    readBy: '@loki/policies',
    meaning: 'Ends of the names of files that agents may change, separated by spaces or commas: `.ts .md`.',
  },
  {
    name: 'SCOPE_ALLOWED_SERVICES',
    group: 'policies',
    default: 'any',
    readBy: '@loki/policies',
    meaning:
      'MCP services that may be used, separated by spaces or commas: `server`, `server/tool`, `server@source`, with `*` for any characters.',
  },
  {
    name: 'SCOPE_DENIED_SERVICES',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning: 'MCP services that may not be used, written the same way; they win over the allowed ones.',
  },
  {
    name: 'SCOPE_ALLOWED_HOSTS',
    group: 'policies',
    default: 'any',
    readBy: '@loki/policies',
    meaning:
      'Hosts that commands and tools may talk to, separated by spaces or commas: `example.com *.example.com example.com:8443`. This machine itself needs no entry.',
  },
  {
    name: 'SCOPE_DENIED_HOSTS',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning: 'Hosts that they may not talk to, written the same way; they win over the allowed ones.',
  },
  {
    name: 'LOKI_EVENTS_DIR',
    group: 'events',
    default: '`.loki/events` in the project',
    readBy: '@loki/events',
    meaning: 'Folder of the event bus. Setting it turns the bus on.',
  },
  {
    name: 'LOKI_HOME',
    group: 'guard',
    default: '`~/.loki`',
    readBy: '@loki/guard',
    meaning: 'Folder of what Loki keeps for a user, among it the socket of the guard process.',
  },
  {
    name: 'LOKI_GUARD_SOCKET',
    group: 'guard',
    default: '`run/guard.sock` in `LOKI_HOME`',
    readBy: '@loki/guard',
    meaning: 'Where hooks find the guard. In a session it is the guard of that session, and no other one is started.',
  },
  {
    name: 'LOKI_GUARD_HTTP_PORT',
    group: 'guard',
    default: 'none: no HTTP',
    readBy: 'loki',
    meaning: 'Port of 127.0.0.1 on which the guard process also answers hooks and questions that are posted.',
  },
  {
    name: 'LOKI_MCP_TOKEN',
    group: 'guard',
    default: 'a new one each time, which is printed',
    readBy: 'loki',
    meaning: 'What agents show to `loki mcp gateway --port`; at least 16 characters.',
    secret: true,
  },
  {
    name: 'LOKI_SESSION_ID',
    group: 'session',
    default: 'the session of the agent CLI itself',
    readBy: '@loki/guard, @loki/runner',
    meaning: 'The session that an action belongs to.',
  },
  {
    name: 'LOKI_PROJECT_DIR',
    group: 'session',
    default: 'the nearest folder with `.loki` or `.git`',
    readBy: '@loki/guard',
    meaning: 'The root of the governed project.',
  },
  {
    name: 'LOKI_TASK_ID',
    group: 'session',
    default: '',
    readBy: 'programs run as provider `command`',
    meaning: 'The task that is worked on, such as `t1`.',
  },
  {
    name: 'LOKI_PHASE',
    group: 'session',
    default: '',
    readBy: 'programs run as provider `command`',
    meaning: '`REASON`, `ACT` or `REFLECT`.',
  },
  {
    name: 'LOKI_ITERATION',
    group: 'session',
    default: '',
    readBy: '@loki/runner, programs run as provider `command`',
    meaning: 'The round of the task, from 1.',
  },
  {
    name: 'LOKI_DEBUG',
    group: 'command line',
    default: 'false',
    readBy: 'loki',
    meaning: 'Any value but `0` adds stack traces to errors.',
  },
  {
    name: 'NO_COLOR',
    group: 'command line',
    default: '',
    readBy: 'loki',
    meaning: 'Any value turns colours off; it wins over `FORCE_COLOR`.',
  },
  {
    name: 'FORCE_COLOR',
    group: 'command line',
    default: '',
    readBy: 'loki',
    meaning: 'Any value but `0` and `false` turns colours on where output is no terminal, too.',
  },
  {
    name: 'CLICOLOR',
    group: 'command line',
    default: '',
    readBy: 'loki',
    meaning: '`0` turns colours off. `TERM=dumb` does, too.',
  },
  ...anchorVariables,
  {
    name: 'LOKI_OTEL_ENDPOINT',
    group: 'telemetry',
    default: 'none: no telemetry',
    readBy: '@loki/otel, @loki/audit/forward',
    meaning:
      'Address of an OpenTelemetry collector (OTLP/HTTP), or a `file:` URL of a folder. Beside it every standard `OTEL_*` holds.',
  },
  {
    name: 'LOKI_SERVICE_NAME',
    group: 'telemetry',
    default: '`OTEL_SERVICE_NAME`, else `loki-mode`',
    readBy: '@loki/otel',
    meaning: 'The service that traces and metrics are of.',
  },
  {
    name: 'LOKI_OTEL_CONTENT',
    group: 'telemetry',
    default: 'false',
    readBy: '@loki/otel',
    meaning: 'Boolean. Puts prompts and commands into spans, redacted.',
  },
  ...controlVariables,
  ...forwardingVariables,
]
