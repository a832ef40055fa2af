import { Option } from 'commander'
import type { Command } from 'commander'
import type { AuditVerifyOptions } from '../commands/audit.js'
import type { AuditExportOptions } from '../commands/audit-export.js'
import type { AuditShowOptions } from '../commands/audit-log.js'
import type { AuditMirrorOptions } from '../commands/audit-mirror.js'
import type { AuditQueryOptions } from '../commands/audit-query.js'
import type { AuditSummaryOptions } from '../commands/audit-summary.js'
import type { AuditTailOptions } from '../commands/audit-tail.js'
import { addAuditAnchorCommands } from './audit-anchor.js'
import { addAuditBundleCommand } from './audit-bundle.js'
import { addAuditEraseCommands } from './audit-erase.js'
import { addAuditForwardCommands } from './audit-forward.js'
import { addAuditImportCommands } from './audit-import.js'
import { addAuditProofCommands } from './audit-proof.js'
import { addAuditPruneCommands } from './audit-prune.js'
import { addAuditWitnessCommands } from './audit-witness.js'
import { addCommand, addGroup } from './define.js'

const GROUP = 'Governance:'

/** `loki audit …`, and the two of them that are also `loki enterprise audit …`. */
export function addAuditCommands(program: Command): void {
  const audit = addGroup(program, 'audit', 'Read and verify the record of what was decided and done', GROUP)
  addLists(audit)
  addSummary(audit, 'loki audit')
  addTail(audit, 'loki audit')
  addCopies(audit)
  addVerify(audit)
  addAuditProofCommands(audit)
  addAuditPruneCommands(audit)
  addAuditForwardCommands(audit)
  addAuditAnchorCommands(audit)
  addAuditWitnessCommands(audit)
  addAuditBundleCommand(audit)
  addAuditEraseCommands(audit)
  addAuditImportCommands(audit)
  const enterprise = addGroup(program, 'enterprise', 'What the documents of loki-mode call by this name', GROUP)
  const same = addGroup(enterprise, 'audit', 'The same as loki audit summary and tail', GROUP)
  addSummary(same, 'loki enterprise audit')
  addTail(same, 'loki enterprise audit')
}

function filters(command: Command): void {
  command
    .option('--who <principal>', 'only entries of this principal; * stands for anything: agent:claude/*')
    .option('--what <kind>', 'only entries of this kind, such as action.decided or gate.*')
    .option('--where <text>', 'only entries with this text in where; with *, all of it')
    .option('--session <id>', 'only entries of this session')
    .option('--decision <decision>', 'only ALLOW, DENY or REQUIRE_APPROVAL')
    .option('--since <time>', 'from this time on: ISO 8601, or an age such as 15m, 24h, 7d')
    .option('--until <time>', 'up to this time, itself not included')
}

/** Chooses the log in `~/.loki/dashboard/audit`. */
function ofControlPlane(command: Command): void {
  command.option('--control-plane', 'the log of the control plane, instead of that of the project')
}

function addLists(audit: Command): void {
  addCommand<AuditQueryOptions>(audit, {
    usage: 'log [count]',
    summary: 'Print the last entries (50)',
    details: 'Reading is on the log itself: the reader’s name, what was asked, how many entries were shown.',
    examples: [
      ['loki audit log', 'the last 50'],
      ['loki audit log 200 --what action.decided', 'the last 200 decisions'],
      ['loki audit log --decision deny --since 24h', 'what was denied in a day'],
      ['loki audit log --since 1h --json', 'the last 50 of this hour, as one JSON object a line'],
    ],
    configure: filters,
    load: async () => (await import('../commands/audit-log.js')).log,
  })

  addCommand<AuditQueryOptions>(audit, {
    usage: 'search <text> [count]',
    summary: 'Print the last entries (50) that hold a text',
    details:
      'Looks in who, what, where, why and the JSON text of the metadata. Case matters. Reading is on the log itself.',
    examples: [
      ['loki audit search "git push"', 'the last 50 that mention it'],
      ['loki audit search .env 200 --decision deny', 'the last 200 refusals that name .env'],
    ],
    configure: filters,
    load: async () => (await import('../commands/audit-log.js')).search,
  })

  addCommand<AuditQueryOptions>(audit, {
    usage: 'count',
    summary: 'Count the entries',
    examples: [
      ['loki audit count', 'all'],
      ['loki audit count --what action.decided --since 24h', 'the decisions of a day'],
    ],
    configure: filters,
    load: async () => (await import('../commands/audit-log.js')).count,
  })

  addCommand<AuditShowOptions>(audit, {
    usage: 'show <seq>',
    summary: 'Print one entry whole',
    details: 'Reading is on the log itself.',
    examples: [
      ['loki audit show 12', 'everything that entry 12 says'],
      ['loki audit show 12 --personal', 'and its personal payload, unless that was erased'],
      ['loki audit show 12 --json', 'for a program'],
    ],
    configure: (command) => {
      command.option('--personal', 'also the personal payload that is kept outside the log')
    },
    load: async () => (await import('../commands/audit-log.js')).show,
  })
}

function addSummary(parent: Command, name: string): void {
  addCommand<AuditSummaryOptions>(parent, {
    usage: 'summary',
    summary: 'Count what happened by kind, decision, agent, rule and day',
    details: 'Reading is on the log itself.',
    examples: [
      [`${name} summary`, 'the last 7 days'],
      [`${name} summary --days 30 --json`, 'a month, in the shape of the API'],
      [`${name} summary --control-plane`, 'logins, tokens and requests, instead of what agents did'],
    ],
    configure: (command) => {
      command.option('--days <number>', 'how many days to look back (7)')
      ofControlPlane(command)
    },
    load: async () => (await import('../commands/audit-summary.js')).summary,
  })
}

function addTail(parent: Command, name: string): void {
  addCommand<AuditTailOptions>(parent, {
    usage: 'tail [count]',
    summary: 'Print the last entries (10), and with -f each new one',
    details: 'Ctrl-C ends it. Reading is on the log itself.',
    examples: [
      [`${name} tail`, 'the last 10'],
      [`${name} tail -f --decision deny`, 'every refusal as it happens'],
      [`${name} tail -f --json`, 'one JSON object a line'],
    ],
    configure: (command) => {
      command.option('-f, --follow', 'go on with each new entry')
      ofControlPlane(command)
      filters(command)
    },
    load: async () => (await import('../commands/audit-tail.js')).tail,
  })
}

function addCopies(audit: Command): void {
  addCommand<AuditExportOptions>(audit, {
    usage: 'export',
    summary: 'Write entries for another program',
    details:
      'jsonl is byte for byte the lines of the log. In csv, a cell that a spreadsheet would run as a formula begins with an apostrophe. Reading is on the log itself.',
    examples: [
      ['loki audit export -o audit.jsonl', 'everything'],
      ['loki audit export --format csv --since 30d -o month.csv', 'a month for a spreadsheet'],
      ['loki audit export --format ocsf --decision deny', 'what was denied, for a security lake'],
    ],
    json: false,
    configure: (command) => {
      command
        .addOption(new Option('--format <format>', 'the form').choices(['jsonl', 'csv', 'ocsf', 'ecs', 'cef']))
        .option('-o, --output <file>', 'the file to write, instead of standard output')
      filters(command)
    },
    load: async () => (await import('../commands/audit-export.js')).exportLog,
  })

  addCommand<AuditMirrorOptions>(audit, {
    usage: 'mirror',
    summary: 'Write what agents did to .loki/logs/agent-audit.jsonl',
    details:
      'A line for each entry of an agent: timestamp, action, agent, details. It is made anew from the log, for people and old tools; it proves nothing.',
    examples: [
      ['loki audit mirror', 'bring it up to date'],
      ['loki audit mirror --control-plane', 'the daily files in ~/.loki/dashboard/audit'],
    ],
    configure: ofControlPlane,
    load: async () => (await import('../commands/audit-mirror.js')).mirror,
  })
}

function addVerify(audit: Command): void {
  addCommand<AuditVerifyOptions>(audit, {
    usage: 'verify [path]',
    summary: 'Prove that the log was not changed; ends with 7 where it was',
    details:
      'The path is a log file or its folder; without one, the log of the project. Reads only; needs no server. A chain alone does not show what was cut off at its end: that takes a key that you know, or copies of checkpoints.',
    examples: [
      ['loki audit verify', 'the log of this project'],
      ['loki audit verify backup/audit.jsonl', 'a copy'],
      ['loki audit verify --anchor /mnt/safe/checkpoint', 'against a checkpoint that was kept elsewhere'],
      ["loki audit verify --witness 'witness.example.com/w1+…'", 'no further than a witness has cosigned it'],
      ['loki audit verify --json', 'for a program'],
    ],
    configure: (command) => {
      command
        .option(
          '--key <vkey>',
          'the public key of the log’s owner; a log without a checkpoint of this key is not valid',
        )
        .option('--anchor <files...>', 'copies of checkpoints that were kept elsewhere')
        .option('--fast', 'check hashes, numbers and links, not that every line is canonical')
        .option(
          '--witness <vkeys...>',
          'public keys of witnesses; a log of which none of them has cosigned a checkpoint is not valid',
        )
    },
    load: async () => (await import('../commands/audit.js')).verify,
  })
}
