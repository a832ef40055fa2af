import type { Command } from 'commander'
import type { AuditEraseOptions, AuditSweepOptions } from '../commands/audit-erase.js'
import { addCommand } from './define.js'

/** `loki audit erase`, `sweep`. */
export function addAuditEraseCommands(audit: Command): void {
  addCommand<AuditEraseOptions>(audit, {
    usage: 'erase <seq>',
    summary: 'Erase the personal payload of an entry; chain and proofs still verify',
    details:
      'Only a payload that was recorded as personal can be erased: loki audit show <seq> --personal says whether there is one. The erasure is on the log, with its reason, which stays: it must not name the person.\nIt removes a file. Backups and snapshots of the disk are not touched.',
    examples: [
      ['loki audit erase 12 --reason "request 17"', 'asks first'],
      ['loki audit erase 12 --reason "request 17" --requested-by dsr-17 --yes', 'for a program'],
    ],
    configure: (command) => {
      command
        .requiredOption('--reason <text>', 'why; it stays on the log')
        .option('--requested-by <name>', 'who asked, such as the number of a request')
        .option('--yes', 'do not ask')
    },
    load: async () => (await import('../commands/audit-erase.js')).erase,
  })

  addCommand<AuditSweepOptions>(audit, {
    usage: 'sweep',
    summary: 'Remove personal payloads that belong to no entry, or that a backup brought back',
    details: 'A recorder that was killed can leave one. What is younger than a day is left alone.',
    examples: [
      ['loki audit sweep --dry-run', 'only look'],
      ['loki audit sweep', 'after restoring a backup'],
    ],
    configure: (command) => {
      command.option('--dry-run', 'remove nothing')
    },
    load: async () => (await import('../commands/audit-erase.js')).sweep,
  })
}
