import { Option } from 'commander'
import type { Command } from 'commander'
import type { DeadOptions, EmitOptions, ReplayOptions, TailOptions } from '../commands/events.js'
import { addCommand, addGroup } from './define.js'

const TYPES = 'state, memory, task, metric, error, session, command, user'
const SOURCES = 'cli, api, vscode, mcp, skill, hook, dashboard, memory, runner'

/** `loki events …`. */
export function addEventCommands(program: Command): void {
  const events = addGroup(program, 'events', 'See what happens, as every process tells it', 'Governance:')
  addCommand<TailOptions>(events, {
    usage: 'tail [count]',
    summary: 'Show the last events, and with -f each new one; takes none from anybody',
    examples: [
      ['loki events tail 20 --type error', 'the last twenty errors'],
      ['loki events tail -f --json', 'a stream for a program'],
      ['loki events tail --group dashboard', 'what that group has still before it'],
    ],
    configure: (command) => {
      withFilter(command)
        .option('-f, --follow', 'stay, and show events as they come')
        .option('--group <group>', 'only what this group has not finished')
    },
    load: async () => (await import('../commands/events.js')).tail,
  })
  addCommand<EmitOptions>(events, {
    usage: 'emit <type> [payload]',
    summary: 'Tell an event; its payload is a JSON object, from standard input with -',
    details: `Types: ${TYPES}. An event is stored as it is given: put no secret into it.`,
    examples: [
      [`loki events emit task '{"title":"Write the parser"}'`, 'print the id of the event'],
      ['jq -c . report.json | loki events emit metric - --source skill', 'from a program'],
    ],
    configure: (command) => {
      command
        .option('--source <source>', `${SOURCES}; cli by default`)
        .option('--durable', 'return only when it survives power loss')
    },
    load: async () => (await import('../commands/events.js')).emit,
  })
  addCommand<ReplayOptions>(events, {
    usage: 'replay',
    summary: 'Show events again, from a time, an id or a number on',
    examples: [
      ['loki events replay --since 2h', 'two hours'],
      ['loki events replay --since 897fd305eca3dbc5-000000000001 --json', 'that event and what followed'],
    ],
    configure: (command) => {
      withFilter(command).requiredOption('--since <where>', 'a time, an age such as 24h, the id or number of an event')
    },
    load: async () => (await import('../commands/events.js')).replay,
  })
  addCommand(events, {
    usage: 'stats',
    summary: 'Show what is pending, kept and given up, and how far each group has come',
    examples: [['loki events stats --json', 'for a program']],
    load: async () => (await import('../commands/events.js')).stats,
  })
  addCommand<DeadOptions>(events, {
    usage: 'dead [action] [group] [number]',
    summary: 'Show the events that groups gave up; retry or drop one, or all of a group',
    details:
      'Actions: list (default), retry, drop. A retried event goes to its group again, at its old number, as soon as a process serves that group. A group that waited too long for old events is listed too.',
    examples: [
      ['loki events dead', 'list them'],
      ['loki events dead retry dashboard 17', 'one again'],
      ['loki events dead drop dashboard --all', 'all of a group, for good'],
    ],
    configure: (command) => {
      command.addOption(new Option('--all', 'every event that the group gave up'))
    },
    load: async () => (await import('../commands/events.js')).dead,
  })
}

function withFilter(command: Command): Command {
  const list = (word: string, before: string[] = []): string[] => [...before, word]
  return command
    .option('--type <type>', `only this type, may be repeated: ${TYPES}`, list)
    .option('--source <source>', `only this source, may be repeated: ${SOURCES}`, list)
}
