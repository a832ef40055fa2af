import type { Command } from 'commander'
import type { AuditImportOptions } from '../commands/audit-import.js'
import { addCommand } from './define.js'

/** `loki audit import`. */
export function addAuditImportCommands(audit: Command): void {
  addCommand<AuditImportOptions>(audit, {
    usage: 'import <path>',
    summary: 'Import a log of loki-mode 9 as evidence; ends with 7 where it contradicts itself',
    details:
      'The path is an old audit.jsonl, an audit-<date>.jsonl of the dashboard, or a folder of them. Each line is recorded with its old hashes and what they say for it, also a broken one; secrets are taken out. Importing again adds only what is new.\nMove the old .loki/audit aside first: the new log is written there.',
    examples: [
      ['loki audit import old/audit --dry-run', 'judge it, record nothing'],
      ['loki audit import old/audit/audit.jsonl', 'the log of the agents'],
      ['loki audit import ~/.loki/dashboard/audit --json', 'those of the dashboard, for a program'],
    ],
    configure: (command) => {
      command.option('--dry-run', 'record nothing')
    },
    load: async () => (await import('../commands/audit-import.js')).importOld,
  })
}
