import { Argument, Option } from 'commander'
import type { Command } from 'commander'
import type { PolicyActionOptions } from '../commands/policy-action.js'
import type { PolicyCompileOptions } from '../commands/policy-compile.js'
import type { PolicyExplainOptions } from '../commands/policy-explain.js'
import type { PolicyInitOptions } from '../commands/policy-init.js'
import type { PolicyLintOptions } from '../commands/policy-lint.js'
import type { PolicyReplayOptions } from '../commands/policy-replay.js'
import { addCommand, addGroup } from './define.js'

const WALLED = ['claude', 'codex', 'gemini']
const PACKS = ['strict', 'standard', 'minimal', 'off']

/** Options that may be given more than once. */
function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}

/** The action that a command is about. */
function addActionOptions(command: Command): void {
  command
    .option('--command <script>', 'a command, as the shell would get it')
    .option('--file <path>', 'a file that would be written')
    .option('--read <path>', 'a file that would be read')
    .option('--url <url>', 'an address that would be fetched')
    .option('--service <server/tool>', 'a tool of an MCP server')
    .option('--content-from <file>', 'what would be written or sent; - is standard input')
    .option('--cwd <dir>', 'where it would happen; the project by default')
    .option('--provider <name>', 'the provider that acts')
    .option('--model <name>', 'the model that acts')
    .option('--branch <name>', 'the branch checked out, instead of the one that is')
}

/** `loki policy …`. */
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

  addCommand<PolicyActionOptions>(policy, {
    usage: 'test',
    summary: 'Say what would happen to an action, and why; nothing is run and nothing recorded',
    details: 'Ends with 0 where it would be allowed, 3 where denied, 4 where a person would be asked.',
    examples: [
      [`loki policy test --command 'git push origin main'`, 'a command'],
      ['loki policy test --file ../notes.txt', 'writing a file'],
      ['loki policy test --file a.env --content-from a.env', 'writing this content'],
      ['loki policy test --service github/create_issue', 'a tool of an MCP server'],
    ],
    configure: addActionOptions,
    load: async () => (await import('../commands/policy.js')).test,
  })

  addCommand<PolicyExplainOptions>(policy, {
    usage: 'explain',
    summary: 'Show the way to a decision: every rule with a say in it, and what it compared',
    details: 'Ends with 0 where the action would be allowed, 3 where denied, 4 where a person would be asked.',
    examples: [
      [`loki policy explain --command 'git push origin main'`, 'why'],
      [`loki policy explain --command 'ls' --all --json`, 'every rule that was asked, for a program'],
    ],
    configure: (command) => {
      addActionOptions(command)
      command.option('--all', 'rules that had nothing to say, too')
    },
    load: async () => (await import('../commands/policy-explain.js')).explain,
  })

  addCommand<PolicyLintOptions>(policy, {
    usage: 'lint [file]',
    summary: 'Find what looks like a mistake in a policy: rules that never match, or are never tested',
    details: 'Ends with 1 where the policy cannot be used, or with --strict where there is any remark.',
    examples: [
      ['loki policy lint', 'the policies of this project'],
      ['loki policy lint draft.yaml --strict', 'in a pipeline'],
    ],
    configure: (command) => command.option('--strict', 'remarks fail, too'),
    load: async () => (await import('../commands/policy-lint.js')).lint,
  })

  addCommand(policy, {
    usage: 'diff <file> [other]',
    summary: 'Show which rules would be in force with a file, and which no longer',
    details: 'With one file: against the policy of the project as it is now. Ends with 1 where they differ.',
    examples: [
      ['loki policy diff draft.yaml', 'what a draft would change'],
      ['loki policy diff old.yaml new.yaml --json', 'two files, for a program'],
    ],
    load: async () => (await import('../commands/policy-diff.js')).diff,
  })

  addCommand<PolicyInitOptions>(policy, {
    usage: 'init',
    summary: 'Write a commented policy file to begin with',
    examples: [
      ['loki policy init', '.loki/policies.yaml'],
      ['loki policy init --pack strict --protect main --protect "release/*"', 'with branches that are not pushed to'],
      ['loki policy init --print', 'only look'],
    ],
    configure: (command) => {
      command
        .addOption(new Option('--pack <level>', 'how much of the built-in rules holds').choices(PACKS))
        .option('--protect <branch>', 'a branch that agents do not push to; may be given again', gather)
        .option('--print', 'to standard output, and write nothing')
        .option('--force', 'in place of the file that is there')
    },
    load: async () => (await import('../commands/policy-init.js')).init,
  })

  addCommand<PolicyCompileOptions>(policy, {
    usage: 'compile',
    summary: 'Write the policy as the managed settings of an agent CLI: a second wall behind the hooks',
    details:
      'An administrator installs the files at the paths that are named. What those settings cannot express is listed.\n' +
      'With --check it ends with 1 where what is installed, or lies in --out, differs from the policy.',
    examples: [
      ['loki policy compile claude', 'look at managed-settings.json'],
      ['loki policy compile codex --out wall', 'requirements.toml and loki.rules, into a folder'],
      ['loki policy compile gemini --check', 'whether what is installed is still what the policy says'],
    ],
    configure: (command) => {
      command
        .addArgument(new Argument('<host>', 'the agent CLI').choices(WALLED))
        .option('--out <dir>', 'write the files into this folder')
        .option('--check', 'compare, and write nothing')
    },
    load: async () => (await import('../commands/policy-compile.js')).compile,
  })

  addCommand<PolicyReplayOptions>(policy, {
    usage: 'replay [file]',
    summary: 'Put a policy over recorded actions and say what it would have changed',
    details:
      'Without a file: the policy of the project as it is now. Paths are judged as they are on the disk now.\n' +
      'Ends with 1 where a decision would change.',
    examples: [
      ['loki policy replay draft.yaml --since 7d', 'before a new policy is put in force'],
      ['loki policy replay --session ses-1 --json', 'one session, for a program'],
    ],
    configure: (command) => {
      command
        .option('--since <time>', 'actions from this time or age on, such as 2026-01-31 or 7d')
        .option('--until <time>', 'actions before this time or age')
        .option('--session <id>', 'actions of one session')
        .option('--who <principal>', 'actions of one principal; * stands for any characters')
    },
    load: async () => (await import('../commands/policy-replay.js')).replay,
  })
}
