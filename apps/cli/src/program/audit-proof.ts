import type { Command } from 'commander'
import type { ProofFileOptions, VerifyProofOptions } from '../commands/audit-proof.js'
import { addCommand } from './define.js'

/** `loki audit prove`, `consistency`, `verify-proof`, `key`. */
export function addAuditProofCommands(audit: Command): void {
  const output = (command: Command): void => {
    command.option('-o, --output <file>', 'write the proof here instead of printing it')
  }

  addCommand<ProofFileOptions>(audit, {
    usage: 'prove <seq>',
    summary: 'Write a proof that an entry is in the signed log',
    details:
      'The proof is a C2SP tlog-proof with the entry, the hashes that lead to the root, and the latest checkpoint. Whoever has it and the public key needs nothing else.',
    examples: [
      ['loki audit prove 41', 'print it'],
      ['loki audit prove 41 -o entry-41.tlog-proof', 'into a file'],
    ],
    configure: output,
    load: async () => (await import('../commands/audit-proof.js')).prove,
  })

  addCommand<ProofFileOptions>(audit, {
    usage: 'consistency <old>',
    summary: 'Write a proof that nothing was changed since an older checkpoint',
    details: 'The old checkpoint is a copy of .loki/audit/checkpoint that was kept.',
    examples: [['loki audit consistency monday.checkpoint -o growth.proof', 'since Monday']],
    configure: output,
    load: async () => (await import('../commands/audit-proof.js')).consistency,
  })

  addCommand<VerifyProofOptions>(audit, {
    usage: 'verify-proof <file>',
    summary: 'Verify a proof with nothing but the public key; ends with 7 where it does not hold',
    examples: [
      ["loki audit verify-proof entry-41.tlog-proof --key 'loki-audit-owner+…'", 'of an entry'],
      ["loki audit verify-proof growth.proof --old monday.checkpoint --key 'loki-audit-owner+…'", 'of consistency'],
    ],
    project: false,
    configure: (command) => {
      command
        .requiredOption('--key <vkey>', 'the public key of whoever signs the log, as loki audit key prints it there')
        .option('--old <file>', 'the older checkpoint, for a proof of consistency')
    },
    load: async () => (await import('../commands/audit-proof.js')).verifyProofFile,
  })

  addCommand(audit, {
    usage: 'key',
    summary: 'Print the public key that verifies your checkpoints',
    details: 'Publish it where whoever verifies can find it, and where an agent cannot change it.',
    examples: [['loki audit key', 'the key and the file it is kept in']],
    project: false,
    load: async () => (await import('../commands/audit-proof.js')).key,
  })
}
