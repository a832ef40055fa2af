import { Option } from 'commander'
import type { Command } from 'commander'
import { applyConfiguration } from '../configuration.js'
import { findProject } from '../context.js'
import { exitCodes } from '../exit.js'
import type { ExitName } from '../exit.js'
import { openOutput } from '../output.js'
import type { Output } from '../output.js'

/** One run of a command: what was given to it, and where it writes. */
export interface Call<Options> {
  readonly output: Output
  readonly args: readonly (string | undefined)[]
  readonly options: Options
  /** The root of the project that the command is about. */
  readonly projectDir: string
  /** Fires on Ctrl-C and SIGTERM, which then no longer end the process by themselves. Ask for it only to clean up. */
  readonly interrupted: () => Interruption
}

/** A request from outside that the command should end. */
interface Interruption {
  readonly signal: AbortSignal
  /** How to exit where it was heeded. */
  readonly exit: () => ExitName | undefined
}

/** How a command is declared. It takes options by commander's own words and is loaded when it runs. */
export interface CommandDefinition<Options> {
  /** Name and arguments: `log [count]`. */
  readonly usage: string
  readonly summary: string
  /** More than the summary, for `--help`. */
  readonly details?: string
  readonly examples: readonly Example[]
  /** Takes `--json`. */
  readonly json?: boolean
  /** Takes `--project`. */
  readonly project?: boolean
  /** False: what configuration files say is not put into the environment before. */
  readonly configured?: boolean
  readonly group?: string
  /** Runs where the parent is named alone. */
  readonly isDefault?: boolean
  readonly configure?: (command: Command) => void
  readonly load: () => Promise<(call: Call<Options>) => Promise<ExitName | undefined>>
}

export type Example = readonly [command: string, meaning: string]

const EXAMPLES = new WeakMap<Command, readonly Example[]>()

/** The examples of a command, for the reference. */
export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? []
}

/** Adds a command that does something. */
export function addCommand<Options>(parent: Command, definition: CommandDefinition<Options>): void {
  const { usage, summary, details, examples, group, json = true, project = true, configured = true } = definition
  const command = parent
    .command(usage, { isDefault: definition.isDefault ?? false })
    .summary(summary)
    .description(details === undefined ? summary : `${summary}\n\n${details}`)
  if (group !== undefined) command.helpGroup(group)
  definition.configure?.(command)
  if (project) command.option('--project <dir>', 'the project, instead of the nearest folder with .loki or .git')
  if (json) command.addOption(new Option('--json', 'print JSON'))
  EXAMPLES.set(command, examples)
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`)
  command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`)
  command.action(async (...received: unknown[]) => {
    const given = command.opts<Options & { json?: boolean; project?: string | boolean; dir?: string }>()
    const projectDir = findProject(typeof given.project === 'string' ? given.project : given.dir)
    if (configured) await applyConfiguration(projectDir)
    const run = await definition.load()
    const exit = await run({
      output: openOutput({ json: given.json === true }),
      args: received.slice(0, command.registeredArguments.length) as (string | undefined)[], // commander's contract
      options: given,
      projectDir,
      interrupted,
    })
    process.exitCode = exitCodes[exit ?? 'done']
  })
}

/** Adds a word under which commands are gathered: `loki audit …`. */
export function addGroup(parent: Command, name: string, summary: string, group: string): Command {
  return parent.command(name).summary(summary).description(summary).helpGroup(group).helpCommand(false)
}

function interrupted(): Interruption {
  const controller = new AbortController()
  let exit: ExitName | undefined
  let asked = 0
  const ask = (name: ExitName) => (): void => {
    exit ??= name
    asked += 1
    if (asked > 2) process.exit(exitCodes[exit]) // ending cleanly takes seconds at most; it was asked for twice more
    controller.abort()
  }
  process.on('SIGINT', ask('interrupted'))
  process.on('SIGTERM', ask('terminated'))
  return { signal: controller.signal, exit: () => exit }
}
