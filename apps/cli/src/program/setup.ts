import type { Command } from 'commander'
import type { ConfigOptions } from '../commands/config.js'
import { addCommand } from './define.js'

/** `loki config`. */
export function addSetupCommands(program: Command): void {
  addCommand<ConfigOptions>(program, {
    usage: 'config',
    summary: 'List every variable that Loki reads, its value now, and where that comes from',
    details:
      'A variable goes before .loki/config.yaml of the project, and that before config.yaml of the user.\n' +
      'Secrets are never shown, only that they are set.',
    group: 'Setup:',
    configured: false,
    examples: [
      ['loki config', 'all of them'],
      ['loki config --set', 'only those that are set'],
      ['loki config --json', 'for a program'],
    ],
    configure: (command) => command.option('--set', 'only variables that are set'),
    load: async () => (await import('../commands/config.js')).config,
  })
}
