import type { Command } from 'commander'
import type { GitHookOptions } from '../commands/git-hook.js'
import { addCommand, addGroup } from './define.js'

/** `loki git-hook …`. */
export function addGitHookCommands(program: Command): void {
  const group = addGroup(program, 'git-hook', 'Check every push of a repository, however it is begun', 'Agents:')
  const configure = (command: Command): void => {
    command.option('--dir <dir>', 'the repository, instead of the nearest folder with .loki or .git')
  }

  addCommand<GitHookOptions>(group, {
    usage: 'install',
    summary: 'Write a pre-push hook that asks the guard; a hook that is there keeps running, after it',
    details:
      'The branches of SCOPE_ALLOWED_BRANCHES and SCOPE_DENIED_BRANCHES, the policy file and the built-in rules hold for it.\n' +
      'It binds people too: git push --no-verify is how a person goes round it, and agents are denied that.',
    project: false,
    examples: [['loki git-hook install', 'in this repository']],
    configure,
    load: async () => (await import('../commands/git-hook.js')).install,
  })
  addCommand<GitHookOptions>(group, {
    usage: 'uninstall',
    summary: 'Take it out, and put the hook that was there before back',
    project: false,
    examples: [['loki git-hook uninstall', 'from this repository']],
    configure,
    load: async () => (await import('../commands/git-hook.js')).uninstall,
  })
  addCommand<GitHookOptions>(group, {
    usage: 'status',
    summary: 'Say whether it is there; ends with 1 where it is not',
    project: false,
    examples: [['loki git-hook status --json', 'for a program']],
    configure,
    load: async () => (await import('../commands/git-hook.js')).status,
  })
  addCommand(group, {
    usage: 'pre-push <remote> [url]',
    summary: 'Answer git before a push, from standard input (git calls this)',
    details: 'Ends with 0 where the push may go on, 3 where it is denied, 4 where a person would be asked.',
    json: false,
    project: false,
    examples: [['loki git-hook pre-push origin < updates.txt', 'what git would be told']],
    load: async () => (await import('../commands/git-hook.js')).prePush,
  })
}
