import type { Command } from 'commander'
import type { AuditBundleOptions } from '../commands/audit-bundle.js'
import { addCommand } from './define.js'

/** `loki audit bundle`. */
export function addAuditBundleCommand(audit: Command): void {
  addCommand<AuditBundleOptions>(audit, {
    usage: 'bundle',
    summary: 'Write one file for an auditor: report, entries, proofs, and how to verify them offline',
    details:
      'A gzipped tar archive with a script that verifies it with openssl alone. Give the auditor your public key (loki audit key) by another way. Making a bundle is on the log, with the digest of the file. Ends with 7 where the chain is broken.',
    examples: [
      ['loki audit bundle --standard soc2 -o q1.tar.gz --from 2026-01-01 --to 2026-03-31', 'a quarter'],
      ['loki audit bundle --standard gdpr -o gdpr.tar.gz', 'the last 90 days'],
    ],
    configure: (command) => {
      command
        .requiredOption('--standard <name>', 'as loki compliance list names it')
        .requiredOption('-o, --output <file>', 'the file to write, which must not exist')
        .option('--from <time>', 'begin of the period: a date, or a time with its zone (90 days before its end)')
        .option('--to <time>', 'end of the period; a date includes that day, in UTC (now)')
        .option('--key <vkey>', 'the public key that the log must be signed with, as loki audit key prints it')
    },
    load: async () => (await import('../commands/audit-bundle.js')).bundle,
  })
}
