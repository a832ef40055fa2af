import type { Command } from 'commander'
import type { AuditLogOptions } from '../commands/audit.js'
import { addCommand, addGroup } from './define.js'

/** `loki audit log`, `count`, `verify`. */
export function addAuditCommands(program: Command): void {
  const audit = addGroup(program, 'audit', 'Read and verify the record of what was decided and done', 'Governance:')

  const filters = (command: Command): void => {
    command
      .option('--who <principal>', 'only entries of this principal, such as agent:claude/ses-1')
      .option('--what <kind>', 'only entries of this kind, such as action.decided')
      .option('--since <time>', 'from this time on: ISO 8601, or an age such as 15m, 24h, 7d')
      .option('--until <time>', 'up to this time, itself not included')
  }

  addCommand<AuditLogOptions>(audit, {
    usage: 'log [count]',
    summary: 'Print the last entries (50)',
    examples: [
      ['loki audit log', 'the last 50'],
      ['loki audit log 200 --what action.decided', 'the last 200 decisions'],
      ['loki audit log --since 1h --json', 'the last 50 of this hour, as one JSON object a line'],
    ],
    configure: filters,
    load: async () => (await import('../commands/audit.js')).log,
  })

  addCommand<AuditLogOptions>(audit, {
    usage: 'count',
    summary: 'Count the entries',
    examples: [
      ['loki audit count', 'all'],
      ['loki audit count --what action.decided --since 24h', 'the decisions of a day'],
    ],
    configure: filters,
    load: async () => (await import('../commands/audit.js')).count,
  })

  addCommand(audit, {
    usage: 'verify [path]',
    summary: 'Prove that the log was not changed; ends with 7 where it was',
    details:
      'The path is a log file or its folder; without one, the log of the project. Reads only; needs no key and no server.',
    examples: [
      ['loki audit verify', 'the log of this project'],
      ['loki audit verify backup/audit.jsonl', 'a copy'],
      ['loki audit verify --json', 'for a program'],
    ],
    load: async () => (await import('../commands/audit.js')).verify,
  })
}
