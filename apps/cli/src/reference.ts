import { CONFIGURATION_KEYS } from '@loki/guard'
import type { Command } from 'commander'
import { exitCodes, exitMeanings } from './exit.js'
import type { ExitName } from './exit.js'
import { buildProgram } from './program.js'
import { examplesOf } from './program/define.js'
import { groupTitles, variables } from './variables.js'
import type { VariableGroup } from './variables.js'

const GENERATED = '<!-- Written by `pnpm --filter @loki/cli docs`. Change the code it is made from, not this page. -->'

const KEYS = new Map(CONFIGURATION_KEYS.map(({ key, variable }) => [variable, `\`${key}\``]))

/** The text of `docs/configuration.md`. */
export function configurationReference(): string {
  const sections = (Object.keys(groupTitles) as VariableGroup[]).map((group) => {
    const rows = variables
      .filter((variable) => variable.group === group)
      .map(({ name, default: fallback, readBy, meaning }) => [
        `\`${name}\``,
        KEYS.get(name) ?? '',
        fallback,
        readBy,
        meaning,
      ])
    return `## ${groupTitles[group]}\n\n${markdownTable(['Variable', 'Key', 'Default', 'Read by', 'Meaning'], rows)}`
  })
  return `# Configuration

${GENERATED}

Nothing needs to be configured. Every variable that Loki reads is here; \`loki config\` shows their values now.

- Unset, empty and blank mean the same: the default.
- Booleans take \`true\`, \`1\`, \`yes\`, \`on\` and \`false\`, \`0\`, \`no\`, \`off\`, in any case. Anything else is an error that names
  the variable.
- A flag wins over a variable, a variable over its key in the [configuration files](formats/config.md), the project's file over
  the user's, and that over the default.

${sections.join('\n\n')}
`
}

/** The text of `docs/cli.md`. */
export function commandReference(): string {
  const codes = (Object.keys(exitCodes) as ExitName[]).map((name) => [`\`${exitCodes[name]}\``, exitMeanings[name]])
  const commands = leaves(buildProgram())
  const links = commands.map((command) => {
    const name = fullName(command)
    return [`[\`${name}\`](#${name.replaceAll(' ', '-')})`, command.summary()]
  })
  return `# Command line

${GENERATED}

Data goes to standard output, words to people go to standard error. \`--json\` prints one JSON value, or one on each line
for streams; with it, an error is one line \`{"error":{"code","message","next"}}\` on standard error. Nothing ever prompts.
Colours are for terminals; \`NO_COLOR\` and \`FORCE_COLOR\` decide otherwise.

${markdownTable(['Command', ''], links)}

## Exit codes

${markdownTable(['Code', 'Meaning'], codes)}

\`loki hook\` alone speaks its host's codes.

${commands.map(commandSection).join('\n\n')}
`
}

function commandSection(command: Command): string {
  const examples = examplesOf(command)
  const width = Math.max(...examples.map(([line]) => line.length))
  const lines = examples.map(([line, meaning]) => `${line.padEnd(width)}  # ${meaning}`)
  const rows = [
    ...command.registeredArguments.map((argument) => [
      argument.required ? `\`<${argument.name()}>\`` : `\`[${argument.name()}]\``,
      sentence(argument.description, argument.argChoices),
    ]),
    ...command.options.map((option) => [`\`${option.flags}\``, sentence(option.description, option.argChoices)]),
  ].filter(([, meaning]) => meaning !== '')
  const table = rows.length === 0 ? '' : `\n\n${markdownTable(['Argument or option', 'Meaning'], rows)}`
  return `## ${fullName(command)}\n\n${command.description().replace('\n\n', '.\n\n')}${command.description().includes('\n\n') ? '' : '.'}${table}\n\n\`\`\`sh\n${lines.join('\n')}\n\`\`\``
}

function leaves(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}

function sentence(description: string, choices: readonly string[] | undefined): string {
  return choices === undefined ? description : `${description}: ${choices.map((choice) => `\`${choice}\``).join(', ')}`
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
