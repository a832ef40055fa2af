import type { Command } from 'commander'
import type { WitnessFolderOptions, WitnessServeOptions } from '../commands/audit-witness.js'
import { addCommand } from './define.js'

/** `loki audit witness serve`, `add`, `list`. */
export function addAuditWitnessCommands(audit: Command): void {
  const summary = 'Be a witness: cosign the checkpoints of logs that only grow'
  const witness = audit.command('witness').summary(summary).description(summary).helpCommand(false)
  const folder = (command: Command): Command =>
    command.option('--folder <path>', 'what the witness keeps, its key among it (witness in LOKI_HOME)')

  addCommand<WitnessServeOptions>(witness, {
    usage: 'serve',
    summary: 'Serve until interrupted',
    details:
      'Speaks C2SP tlog-witness over plain HTTP, on loopback unless --remote is given; others reach it through a TLS proxy. Run it where whoever writes the logs has no account.',
    examples: [
      ['loki audit witness serve', 'on 127.0.0.1:8420'],
      ['loki audit witness serve --name witness.example.com/w1', 'under a name, which is kept with the key'],
      ['loki audit witness serve --host 0.0.0.0 --remote', 'for other machines'],
    ],
    project: false,
    configure: (command) => {
      folder(command)
        .option('--name <name>', 'the name of the witness, by convention an address without https:// (loki-witness)')
        .option('--host <host>', 'where to listen (127.0.0.1)')
        .option('--port <port>', 'the port; 0 is any that is free (8420)')
        .option('--remote', 'allow a host that is not loopback')
    },
    load: async () => (await import('../commands/audit-witness.js')).serve,
  })

  addCommand<WitnessFolderOptions>(witness, {
    usage: 'add <vkey>',
    summary: 'Let the witness know a log; one that serves takes it up by itself',
    details:
      'The key is what loki audit key prints where the log is written: it stands for every log of that owner. The key of any other C2SP log stands for the log of its name.',
    examples: [["loki audit witness add 'loki-audit-owner+…'", 'the logs of this owner']],
    project: false,
    configure: folder,
    load: async () => (await import('../commands/audit-witness.js')).add,
  })

  addCommand<WitnessFolderOptions>(witness, {
    usage: 'list',
    summary: 'Show the logs that the witness has cosigned, and how far',
    details:
      'Compare it with the logs themselves: one that is shorter was cut, and a second log of an owner who has one may be a first one that was begun anew.',
    examples: [
      ['loki audit witness list', 'a table'],
      ['loki audit witness list --json', 'one log a line'],
    ],
    project: false,
    configure: folder,
    load: async () => (await import('../commands/audit-witness.js')).list,
  })
}
