import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { DemoOptions } from '../commands/demo.js'
import type { StartCommandOptions } from '../commands/start.js'
import { addCommand } from './define.js'

const GROUP = 'Sessions:'

/** `loki demo`, `start`, `status`, `pause`, `resume`, `stop`, `providers`. */
export function addSessionCommands(program: Command): void {
  addCommand<DemoOptions>(program, {
    usage: 'demo',
    summary: 'Watch a recorded agent work under governance, in a temporary project',
    details:
      'Needs no model and no account. The agent really mends a failing test, and really tries four things that a policy ' +
      'forbids. Ends with 0 only if every one of them was stopped and the audit log proves it.',
    group: GROUP,
    project: false,
    examples: [
      ['loki demo', 'watch it'],
      ['loki demo --keep', 'keep the project to look at'],
      ['loki demo --json', 'only the summary, for a program'],
    ],
    configure: (command) => command.option('--keep', 'keep the temporary project'),
    load: async () => (await import('../commands/demo.js')).demo,
  })

  addCommand<StartCommandOptions>(program, {
    usage: 'start <prd>',
    summary: 'Work through a requirements document with an agent',
    details:
      'The document is Markdown: its checklist items, or else its second-level headings, become tasks. Each goes round ' +
      'REASON, ACT, REFLECT, VERIFY until its gates pass. Every action of the agent is decided on and recorded.',
    group: GROUP,
    examples: [
      ['loki start PRD.md', 'with the first agent that is installed'],
      ['loki start PRD.md --provider codex', 'with Codex'],
      ['loki start PRD.md --test-command "npm test"', 'these tests must pass'],
      ['loki start PRD.md --profile production-critical', 'tests, 80 % coverage and a security scan must pass'],
      ['loki start PRD.md --command "./agent.sh --fast"', 'with any program'],
      ['loki start PRD.md --replay run.json', 'play a recorded agent'],
    ],
    configure: (command) => {
      command
        .option('--provider <name>', 'claude, codex, gemini, command or replay')
        .option('--replay <file>', 'play this recording (provider replay)')
        .option('--command <line>', 'run this command as the agent, told its task on standard input')
        .option('--max-iterations <n>', 'rounds that a task may take', positiveInteger)
        .option('--test-command <command>', 'how the tests of the project are run')
        .option(
          '--profile <name>',
          'what work must pass: production-critical, internal-tooling, prototype, or your own',
        )
    },
    load: async () => (await import('../commands/start.js')).start,
  })

  addCommand(program, {
    usage: 'status [id]',
    summary: 'Show the sessions of the project, or one of them',
    group: GROUP,
    examples: [
      ['loki status', 'all sessions, the newest first'],
      ['loki status ses-20260102T030405Z-0a1b2c', 'one session and its tasks'],
      ['loki status --json', 'for a program'],
    ],
    load: async () => (await import('../commands/status.js')).status,
  })

  for (const [word, summary] of [
    ['pause', 'Hold a session: its next action waits'],
    ['resume', 'Let a paused session go on'],
    ['stop', 'End a session and every process that it started'],
  ] as const) {
    addCommand(program, {
      usage: `${word} [id]`,
      summary,
      details: `Without an id: the session that is running now. In effect when this returns.`,
      group: GROUP,
      examples: [
        [`loki ${word}`, 'the running session'],
        [`loki ${word} ses-20260102T030405Z-0a1b2c`, 'this one'],
      ],
      load: async () => (await import('../commands/control.js'))[word],
    })
  }

  addCommand(program, {
    usage: 'providers',
    summary: 'List the agents that Loki can drive, and which are installed',
    group: GROUP,
    project: false,
    examples: [['loki providers', 'what is installed here']],
    load: async () => (await import('../commands/providers.js')).providers,
  })
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('Expected a whole number from 1 on.')
  return value
}
