import { Command } from 'commander'
import pc from 'picocolors'
import { wantsColor } from './output.js'
import { addApprovalCommands } from './program/approvals.js'
import { addAuditCommands } from './program/audit.js'
import { addComplianceCommands } from './program/compliance.js'
import { addCostCommands } from './program/cost.js'
import { addEventCommands } from './program/events.js'
import { addGitHookCommands } from './program/git-hook.js'
import { addGuardCommands } from './program/guard.js'
import { addMcpCommands } from './program/mcp.js'
import { addPolicyCommands } from './program/policy.js'
import { addSessionCommands } from './program/sessions.js'
import { addSetupCommands } from './program/setup.js'
import { version } from './version.js'

export interface ProgramOptions {
  /** Wrong usage will be told as JSON by the caller: commander prints nothing. */
  readonly json?: boolean
}

/** The whole command line, without doing anything: commands are loaded when they run. */
export function buildProgram(options: ProgramOptions = {}): Command {
  const color = {
    out: wantsColor(process.env, process.stdout.isTTY),
    err: wantsColor(process.env, process.stderr.isTTY),
  }
  const bold = pc.createColors(true).bold
  const program = new Command('loki')
    .description('Governs coding agents: decides what they may do, and proves what they did.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError()
    .configureHelp({ styleTitle: (title) => bold(title), subcommandTerm: termOf })
    .configureOutput({
      getOutHasColors: () => color.out,
      getErrHasColors: () => color.err,
      writeErr: (text) => {
        if (options.json !== true) process.stderr.write(text)
      },
      outputError: (text, write) => {
        write(text.replace(/^error:/, color.err ? pc.createColors(true).red('error:') : 'error:'))
      },
    })
    .exitOverride()
  addSessionCommands(program)
  addAuditCommands(program)
  addComplianceCommands(program)
  addEventCommands(program)
  addCostCommands(program)
  addPolicyCommands(program)
  addApprovalCommands(program)
  addGuardCommands(program)
  addMcpCommands(program)
  addGitHookCommands(program)
  addSetupCommands(program)
  program.addHelpText(
    'after',
    '\nloki <command> --help says more. Start with: loki demo\n' +
      'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 denied by policy,\n' +
      '  4 waiting for approval, 5 not authenticated, 7 audit chain broken',
  )
  return program
}

/** A command in a list: its name and arguments, or the commands gathered under it. */
function termOf(command: Command): string {
  const inner = command.commands.map((sub) => sub.name()).join('|')
  const words = command.registeredArguments.map((word) => (word.required ? `<${word.name()}>` : `[${word.name()}]`))
  return [command.name(), ...(inner === '' ? words : [inner])].join(' ')
}
