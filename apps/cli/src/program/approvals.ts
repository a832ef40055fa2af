import type { Command } from 'commander'
import type { AnswerOptions, ListOptions } from '../commands/approvals.js'
import { addCommand, addGroup } from './define.js'

/** `loki approvals …`. */
export function addApprovalCommands(program: Command): void {
  const approvals = addGroup(program, 'approvals', 'Answer what agents may not do without a person', 'Governance:')
  const comment = (command: Command): Command =>
    command.option('--comment <text>', 'given to the agent, and on the record')

  addCommand<ListOptions>(approvals, {
    usage: 'list',
    summary: 'Show what waits for an answer; ends with 4 where something does',
    examples: [
      ['loki approvals list', 'what waits'],
      ['loki approvals list --status all --json', 'every question, for a program'],
    ],
    configure: (command) =>
      command.option('--status <status>', 'pending (default), approved, rejected, expired or all'),
    load: async () => (await import('../commands/approvals.js')).list,
  })
  addCommand(approvals, {
    usage: 'show <id>',
    summary: 'Show one question whole: the command or content, the rule, who asks',
    examples: [['loki approvals show apr-1f2e', 'the beginning of an id is enough']],
    load: async () => (await import('../commands/approvals.js')).show,
  })
  addCommand<AnswerOptions>(approvals, {
    usage: 'approve <id>',
    summary: 'Let exactly this happen: once, or again and again in its session',
    examples: [
      ['loki approvals approve apr-1f2e', 'once'],
      ['loki approvals approve apr-1f2e --session', 'as often as the session does the same'],
    ],
    configure: (command) =>
      comment(command)
        .option('--session', 'each time that this session does exactly the same')
        .option('--until <time>', 'with --session: not after this time'),
    load: async () => (await import('../commands/approvals.js')).approve,
  })
  addCommand<AnswerOptions>(approvals, {
    usage: 'reject <id>',
    summary: 'Say no; the agent is told so, with the comment',
    examples: [[`loki approvals reject apr-1f2e --comment 'not before the release'`, 'with a reason']],
    configure: comment,
    load: async () => (await import('../commands/approvals.js')).reject,
  })
}
