import { Option } from 'commander'
import type { Command } from 'commander'
import type { CostOptions, RaiseOptions } from '../commands/cost.js'
import { addCommand, addGroup } from './define.js'

const GROUP = 'Money:'

/** `loki cost`, `loki budget …`. */
export function addCostCommands(program: Command): void {
  addCommand<CostOptions>(program, {
    usage: 'cost',
    summary: 'Show what model calls cost, of this project or of all',
    details: 'What nobody knows is shown as "-", never as 0.',
    group: GROUP,
    examples: [
      ['loki cost --by task --since 7d', 'the tasks of a week'],
      ['loki cost --by model --all', 'models, over all projects'],
      ['loki cost --format focus > focus.csv', 'for a FinOps tool'],
    ],
    configure: (command) => {
      command
        .option('--by <what>', 'task, agent, model, provider, phase, session, project, team or day; model by default')
        .option('--since <time>', 'calls from this time or age on, such as 2026-01-31 or 7d')
        .option('--until <time>', 'calls before this time or age')
        .option('--session <id>', 'calls of one session')
        .option('--all', 'of every project')
        .addOption(
          new Option('--format <format>', 'csv: each call; focus: the columns of FOCUS 1.0').choices([
            'table',
            'csv',
            'focus',
          ]),
        )
    },
    load: async () => (await import('../commands/cost.js')).cost,
  })

  const budget = addGroup(program, 'budget', 'See budgets, and let one go further', GROUP)
  addCommand(budget, {
    usage: 'status',
    summary: 'Show each budget and how far it is used; ends with 4 where one is used up',
    examples: [['loki budget status --json', 'for a program']],
    load: async () => (await import('../commands/cost.js')).status,
  })
  addCommand<RaiseOptions>(budget, {
    usage: 'raise <name> <dollars>',
    summary: 'Let a budget go further in its period; who did is on the audit log',
    examples: [['loki budget raise COST_MAX_PER_DAY 5.00', 'for today']],
    configure: (command) =>
      command.option(
        '--period <period>',
        'a day, a month, a session or session/task; by default the one that holds now',
      ),
    load: async () => (await import('../commands/cost.js')).raise,
  })
}
