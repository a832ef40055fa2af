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

export type VariableGroup = 'audit' | 'forwarding' | 'policies' | 'events' | 'guard' | 'session' | 'command line'

export const groupTitles: Readonly<Record<VariableGroup, string>> = {
  audit: 'Audit',
  forwarding: 'Forwarding of the audit log',
  policies: 'Policies',
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
    default: 'false',
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
    name: 'LOKI_ENTERPRISE_AUDIT',
    group: 'audit',
    default: 'false; `loki` itself turns auditing on',
    readBy: '@loki/audit',
    meaning: 'Boolean. Turns auditing on for programs that embed the package.',
  },
  {
    name: 'LOKI_POLICY_PACK',
    group: 'policies',
    default: '`standard`',
    readBy: '@loki/policies',
    meaning: 'How much of the built-in pack of rules holds: `strict`, `standard`, `minimal` or `off`.',
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
    meaning: 'Branches that may be pushed to, separated by spaces or commas; `*` stands for any characters.',
  },
  {
    name: 'SCOPE_DENIED_BRANCHES',
    group: 'policies',
    default: 'none',
    readBy: '@loki/policies',
    meaning: 'Branches that may not be pushed to, written the same way; they win over the allowed ones.',
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
  ...forwardingVariables,
]
