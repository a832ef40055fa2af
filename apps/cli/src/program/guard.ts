import { Argument, Option } from 'commander'
import type { Command } from 'commander'
import type { HooksOptions } from '../commands/hooks.js'
import { addCommand, addGroup } from './define.js'

const GROUP = 'Agents:'
const HOSTS = ['claude', 'codex', 'gemini', 'opencode', 'copilot', 'cursor'] as const

/** `loki hooks …`, `loki hook`, `loki guard …`. */
export function addGuardCommands(program: Command): void {
  const hooks = addGroup(program, 'hooks', 'Put Loki into the settings of an agent CLI', GROUP)
  const host = (): Argument => new Argument('<host>', 'the agent CLI').choices(HOSTS)
  const scope = (command: Command): void => {
    command
      .addArgument(host())
      .addOption(new Option('--project', 'in the settings of the project (default)').conflicts('user'))
      .option('--user', 'in the settings of the user, for every project')
      .option('--dir <dir>', 'the project, instead of the nearest folder with .loki or .git')
      .option('--dry-run', 'print what would be written, write nothing')
  }

  addCommand<HooksOptions>(hooks, {
    project: false,
    usage: 'install',
    summary: 'Write the hooks; what else stands in the settings is kept',
    examples: [
      ['loki hooks install claude', 'for Claude Code in this project'],
      ['loki hooks install codex --user', 'for Codex in every project'],
      ['loki hooks install gemini --dry-run', 'look first'],
      ['loki hooks install opencode --user', 'for opencode: a plugin that asks Loki'],
    ],
    configure: scope,
    load: async () => (await import('../commands/hooks.js')).install,
  })

  addCommand<HooksOptions>(hooks, {
    project: false,
    usage: 'uninstall',
    summary: 'Take the hooks out again, and nothing else',
    examples: [['loki hooks uninstall claude', 'from this project']],
    configure: scope,
    load: async () => (await import('../commands/hooks.js')).uninstall,
  })

  addCommand<HooksOptions>(hooks, {
    project: false,
    usage: 'status',
    summary: 'Prove that the hooks bind: call each with an action that must be denied',
    details: 'Ends with 1 where a denial would not stop the agent.',
    examples: [['loki hooks status claude', 'for Claude Code']],
    configure: (command) =>
      command
        .addArgument(host())
        .option('--dir <dir>', 'the project, instead of the nearest folder with .loki or .git'),
    load: async () => (await import('../commands/hooks.js')).status,
  })

  addCommand(program, {
    usage: 'hook',
    summary: 'Answer one hook call of an agent CLI, from standard input (agents call this)',
    details: 'Speaks its host’s language on standard output. Whatever goes wrong is a refusal: exit 2 with a reason.',
    group: GROUP,
    json: false,
    project: false,
    examples: [['loki hook claude < call.json', 'what Claude Code would be told']],
    configure: (command) =>
      command.addArgument(host()).argument('[event]', 'the event, for copilot, which does not say it'),
    load: async () => {
      const { runHook } = await import('../hook.js')
      return async ({ args }) => {
        await runHook(args[0] ?? '', args[1])
        return undefined
      }
    },
  })

  const guard = addGroup(program, 'guard', 'The process in the background that answers hooks quickly', GROUP)
  addCommand(guard, {
    usage: 'status',
    summary: 'Show whether it runs; it starts with the first hook and leaves when idle',
    project: false,
    examples: [['loki guard status --json', 'for a program']],
    load: async () => (await import('../commands/guard.js')).status,
  })
  addCommand(guard, {
    usage: 'stop',
    summary: 'End it; the next hook starts a new one',
    project: false,
    examples: [['loki guard stop', 'after changing its environment']],
    load: async () => (await import('../commands/guard.js')).stop,
  })
  addCommand(guard, {
    usage: 'serve',
    summary: 'Be that process, in the foreground',
    json: false,
    project: false,
    examples: [
      ['loki guard serve', 'under a service manager'],
      ['loki guard serve --http-port 57375', 'for hosts that post their hooks, too'],
    ],
    configure: (command) =>
      command.option('--http-port <port>', 'answer on this port of 127.0.0.1 too; LOKI_GUARD_HTTP_PORT by default'),
    load: async () => (await import('../commands/guard.js')).serve,
  })
}
