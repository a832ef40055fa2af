import { parse } from 'unbash'
import type { Argument, CommandAnalysis, SimpleCommand } from '../command/analysis.js'
import { isForkBomb } from '../command/fork-bomb.js'
import { parseGit } from '../command/git.js'
import { parseOptions } from '../command/options.js'
import { programName } from '../command/dispatch.js'
import type { Facts } from './facts.js'
import { checkRemoval } from './removal.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

/** What `LOKI_BLOCKED_COMMANDS` means when it is not set. */
export const DEFAULT_BLOCKED: readonly string[] = ['rm -rf /', 'dd if=', 'mkfs', ':(){ :|:& };:']

type Matcher = (analysis: CommandAnalysis, facts: Facts) => readonly Breach[]

/** Compiles one blocked command; a string says why it cannot be one. */
export function blockedCommandRule(pattern: string): Rule | string {
  const matcher = compile(pattern)
  if (typeof matcher === 'string') return matcher
  return {
    name: `loki_blocked_command: ${pattern}`,
    point: 'pre_execution',
    check(facts) {
      const analysis = facts.analysis
      return analysis === undefined ? NO_BREACH : matcher(analysis, facts)
    },
  }
}

function compile(pattern: string): Matcher | string {
  const script = parse(pattern)
  const error = script.errors?.[0]
  if (error !== undefined) return `"${pattern}" is not a shell command: ${error.message}`
  const [first, second] = script.commands
  if (first?.command.type === 'Function' && isForkBomb(first.command)) return forkBomb
  const command = first?.command
  if (command?.type !== 'Command' || command.name === undefined || second !== undefined)
    return `"${pattern}" is not one simple command such as "git push --force"`
  const argv = [command.name, ...command.args].map((word) => ({
    text: word.type === 'Word' ? word.value : word.text,
    known: true,
    glob: false,
  }))
  const program = programName(argv[0]?.text ?? '')
  const wanted = shapeOf({ program, argv })
  const removesRoots = wanted.operands.length > 0 && wanted.operands.every((word) => /^(\/\*?|~)$/.test(word.text))
  if (program === 'rm' && wanted.flags.has('r') && removesRoots) return removal
  if (program === 'dd' && wanted.operands.length === 1 && wanted.operands[0]?.text === 'if=') return rawCopy
  return (analysis) => analysis.commands.flatMap((one) => matchCommand(one, { program, wanted, pattern }))
}

const forkBomb: Matcher = (analysis) =>
  analysis.forkBomb
    ? [
        {
          action: 'deny',
          reason: 'a function starts itself over and over until the machine has no processes left',
          suggest: 'use a loop with an end',
        },
      ]
    : NO_BREACH

const removal: Matcher = (analysis, facts) => analysis.writes.flatMap((use) => checkRemoval(use, facts) ?? [])

const rawCopy: Matcher = (analysis) => {
  const found = analysis.commands.find(
    (one) =>
      one.program === 'dd' && one.argv.some((word) => /^(if=|of=\/+dev\/+(?!null$|stdout$|stderr$))/.test(word.text)),
  )
  if (found === undefined) return NO_BREACH
  return [
    {
      action: 'deny',
      reason: 'dd copies raw data and can overwrite a disk',
      suggest: 'use cp, head -c or truncate on a file of the project',
    },
  ]
}

interface Shape {
  readonly flags: ReadonlySet<string>
  readonly operands: readonly Argument[]
  /** Operands without the words that may be the value of the flag before them. */
  readonly certain: readonly Argument[]
}

// Short and long spellings that mean the same in every program that has both.
const SAME: Readonly<Record<string, string>> = { R: 'r', recursive: 'r', force: 'f', all: 'a', delete: 'd' }

function shapeOf({ program, argv }: Pick<SimpleCommand, 'program' | 'argv'>): Shape {
  let words = argv
  if (program === 'git') {
    const { subcommand, args } = parseGit(argv)
    const verb = subcommand === undefined ? argv.slice(1, 2) : [{ text: subcommand, known: true, glob: false }]
    words = [...argv.slice(0, 1), ...verb, ...args]
  }
  const { flags, operands } = parseOptions(words)
  const certain = operands.filter((operand) => {
    const before = words[words.indexOf(operand) - 1]?.text ?? ''
    return !before.startsWith('-') || before === '--' || before.includes('=')
  })
  return { flags: new Set([...flags.keys()].map((flag) => SAME[flag] ?? flag)), operands, certain }
}

function matchCommand(
  one: SimpleCommand,
  { program, wanted, pattern }: { program: string; wanted: Shape; pattern: string },
): readonly Breach[] {
  if (one.program !== program && !one.program.startsWith(`${program}.`)) return NO_BREACH
  const shape = shapeOf(one)
  for (const flag of wanted.flags) if (!shape.flags.has(flag)) return NO_BREACH
  const fits = [startsWith(shape.operands, wanted.operands), startsWith(shape.certain, wanted.operands)]
  if (fits.includes('yes'))
    return [
      {
        action: 'deny',
        reason: `"${pattern}" is a blocked command`,
        suggest: 'reach the goal another way, or ask a person to run it',
      },
    ]
  if (fits.includes('maybe'))
    return [
      {
        action: 'require_approval',
        reason: `this may be the blocked command "${pattern}": some of its words are known only when it runs`,
        suggest: 'write the words out',
      },
    ]
  return NO_BREACH
}

function startsWith(operands: readonly Argument[], wanted: readonly Argument[]): 'yes' | 'maybe' | 'no' {
  let answer: 'yes' | 'maybe' = 'yes'
  for (const [index, want] of wanted.entries()) {
    const operand = operands[index]
    if (operand === undefined) return 'no'
    const fits = want.text.endsWith('=') ? operand.text.startsWith(want.text) : operand.text === want.text
    if (fits) continue
    if (operand.known && !operand.glob) return 'no'
    answer = 'maybe'
  }
  return answer
}
