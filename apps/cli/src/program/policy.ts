import type { Command } from 'commander'
import type { PolicyTestOptions } from '../commands/policy.js'
import { addCommand, addGroup } from './define.js'

/** `loki policy check`, `test`. */
export function addPolicyCommands(program: Command): void {
  const policy = addGroup(program, 'policy', 'Check and try out what agents may do', 'Governance:')

  addCommand(policy, {
    usage: 'check [file]',
    summary: 'Check a policy file and the variables of policies',
    details: 'Without a file: the one of the project. Every problem is named with its line and column.',
    examples: [
      ['loki policy check', 'the policies of this project'],
      ['loki policy check draft.yaml', 'a file before it is put in force'],
    ],
    load: async () => (await import('../commands/policy.js')).check,
  })

  addCommand<PolicyTestOptions>(policy, {
    usage: 'test',
    summary: 'Say what would happen to an action, and why; nothing is run and nothing recorded',
    details: 'Ends with 0 where it would be allowed, 3 where denied, 4 where a person would be asked.',
    examples: [
      [`loki policy test --command 'git push origin main'`, 'a command'],
      ['loki policy test --file ../notes.txt', 'writing a file'],
      ['loki policy test --file a.env --content-from a.env', 'writing this content'],
    ],
    configure: (command) => {
      command
        .option('--command <script>', 'a command, as the shell would get it')
        .option('--file <path>', 'a file that would be written')
        .option('--content-from <file>', 'what would be written or sent; - is standard input')
        .option('--cwd <dir>', 'where it would happen; the project by default')
    },
    load: async () => (await import('../commands/policy.js')).test,
  })
}
