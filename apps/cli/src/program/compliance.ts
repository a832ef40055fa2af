import type { Command } from 'commander'
import type { ComplianceOptions } from '../commands/compliance.js'
import { addCommand, addGroup } from './define.js'

/** `loki compliance report`, `list`. */
export function addComplianceCommands(program: Command): void {
  const compliance = addGroup(
    program,
    'compliance',
    'Report what the record says of a standard’s controls',
    'Governance:',
  )

  addCommand<ComplianceOptions>(compliance, {
    usage: 'report <standard>',
    summary: 'Report evidence, exceptions and gaps, control by control; ends with 7 where the chain is broken',
    details:
      'Reads the log of the project, and records that. A report shows what the log holds; it is no certificate. A file that exists is not written over.',
    examples: [
      ['loki compliance report soc2', 'the last 90 days, as Markdown'],
      [
        'loki compliance report iso27001 --from 2026-01-01 --to 2026-03-31 --format html -o q1.html',
        'a quarter, to print',
      ],
      ['loki compliance report nist-800-53 --format oscal -o results.json', 'OSCAL assessment results'],
    ],
    configure: (command) => {
      command
        .option('--from <time>', 'begin of the period: a date, or a time with its zone (90 days before its end)')
        .option('--to <time>', 'end of the period; a date includes that day, in UTC (now)')
        .option('--format <format>', 'md, html, json or oscal (md)')
        .option('--key <vkey>', 'the public key that the log must be signed with, as loki audit key prints it')
        .option('-o, --output <file>', 'write to this file, which must not exist')
    },
    load: async () => (await import('../commands/compliance.js')).report,
  })

  addCommand(compliance, {
    usage: 'list',
    summary: 'List the standards that a report can be made for',
    examples: [['loki compliance list', 'names, editions, how many controls']],
    project: false,
    load: async () => (await import('../commands/compliance.js')).list,
  })
}
