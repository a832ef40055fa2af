import type { Command } from 'commander'
import type { AuditPruneOptions } from '../commands/audit-prune.js'
import { addCommand } from './define.js'

/** `loki audit prune`. */
export function addAuditPruneCommands(audit: Command): void {
  addCommand<AuditPruneOptions>(audit, {
    usage: 'prune',
    summary: 'Remove closed segments that are old enough, leaving a tombstone',
    details:
      'A segment goes when it was closed more than LOKI_AUDIT_RETENTION_DAYS (30) days ago, is not among the last LOKI_AUDIT_MAX_FILES (10), and a signed checkpoint covers it where the log is signed. The log still verifies behind it, and says how much is gone. The writer does the same whenever it closes a segment.',
    examples: [
      ['loki audit prune --dry-run', 'see what would go'],
      ['loki audit prune --json', 'do it, for a program'],
    ],
    configure: (command) => {
      command.option('--dry-run', 'only say what would go')
    },
    load: async () => (await import('../commands/audit-prune.js')).prune,
  })
}
