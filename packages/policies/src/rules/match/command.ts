import { parse } from 'unbash'
import type { SimpleCommand } from '../../command/analysis.js'
import { type Facts, isHarmlessDevice } from '../facts.js'
import { type Answer, anyOf, ASPECT, type Condition } from './condition.js'
import type { CommandPattern } from './command-pattern.js'

/** The innermost commands of an action that the other conditions of a rule look at. */
export type Selection = (facts: Facts) => readonly SimpleCommand[]

/** All of them, where a rule has no `command`. */
export const allCommands: Selection = ({ analysis }) => analysis?.commands ?? []

/** Those that one of the patterns may mean. */
export function selectCommands(patterns: readonly CommandPattern[]): Selection {
  return (facts) => allCommands(facts).filter((command) => patterns.some((pattern) => pattern.match(command) !== 'no'))
}

/** `command`: one of the innermost commands is of a pattern's kind. */
export function commandCondition(patterns: readonly CommandPattern[]): Condition {
  return {
    field: 'command',
    wanted: patterns.map(({ text }) => text),
    aspects: ASPECT.command,
    ask(facts): Answer {
      if (facts.analysis === undefined) return facts.input.kind === 'command' ? 'missing' : 'no'
      return anyOf(answers(facts.analysis.commands, patterns))
    },
    covers: (facts) =>
      isPlain(facts) &&
      allCommands(facts).every((command) => patterns.some((pattern) => pattern.covers(command))) &&
      allCommands(facts).length > 0,
    found: (facts) => describeCommands(allCommands(facts)),
  }
}

/** Whether a command is understood to its end, and nothing stands round its programs that could change what they do. */
export function isPlain({ analysis, input }: Facts): boolean {
  if (analysis === undefined) return true
  if (analysis.errors.length > 0 || analysis.opaque.length > 0 || analysis.forkBomb) return false
  return !assigns(parse(input.command ?? ''))
}

/** Whether a simple command of a script has an assignment in front: `PATH=/tmp npm publish`. */
function assigns(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Array.isArray(node)) return node.some(assigns)
  if ('prefix' in node && Array.isArray(node.prefix) && node.prefix.length > 0) return true
  return Object.values(node).some(assigns)
}

/** Whether a command writes no file by a redirection. */
export function redirectsNowhere({ analysis }: Facts): boolean {
  return (analysis?.writes ?? []).every(
    (use) => !isRedirection(use.program) || (use.known && use.paths.every(isHarmlessDevice)),
  )
}

/** Whether a path use stands for `<` or `>` and not for a program. */
export function isRedirection(program: string): boolean {
  return /^[<>&|\d]/.test(program)
}

/** The commands of an action in words. */
function describeCommands(commands: readonly SimpleCommand[]): string {
  if (commands.length === 0) return 'nothing'
  const shown = commands
    .slice(0, 4)
    .map(({ program, argv }) => [program, ...argv.slice(1).map((word) => word.text)].join(' '))
  return shown.join('; ') + (commands.length > 4 ? `; and ${commands.length - 4} more` : '')
}

function* answers(commands: readonly SimpleCommand[], patterns: readonly CommandPattern[]): Iterable<Answer> {
  for (const command of commands) for (const pattern of patterns) yield pattern.match(command)
}
