import { parse } from 'unbash'
import type { Argument, SimpleCommand } from '../../command/analysis.js'
import { programName } from '../../command/dispatch.js'
import { parseGit } from '../../command/git.js'
import { parseOptions } from '../../command/options.js'
import { globMatcher } from '../../paths/glob.js'
import type { Answer } from './condition.js'

/** One command as a policy writes it: `git push --force`, `rm -rf *`. */
export interface CommandPattern {
  readonly text: string
  /** Whether an innermost command is of this kind, whatever else stands on its line. */
  match(command: SimpleCommand): Answer
  /** Whether a command is of this kind and nothing stands on its line that the pattern does not name. */
  covers(command: SimpleCommand): boolean
}

/** Compiles a command pattern; a string says why it cannot be one. */
export function commandPattern(text: string): CommandPattern | string {
  if (text.length > MAX_PATTERN) return `has ${text.length} characters; at most ${MAX_PATTERN} are taken`
  const words = wordsOf(text)
  if (typeof words === 'string') return words
  const open = words.length > 1 && words.at(-1)?.text === '*'
  const wanted = shapeOf(open ? words.slice(0, -1) : words, { long: [], values: [] })
  const long = wanted.options.map((option) => option.name)
  const values = wanted.options.filter((option) => option.value !== '').map((option) => option.name)
  const spec = { long, values }
  const name = programName(words[0]?.text ?? '')
  const isProgram = globMatcher(name)
  const pattern: Wanted = {
    open,
    options: wanted.options.map(({ name: option, value }) => ({
      name: option,
      fits: value === '' ? any : globMatcher(value),
    })),
    operands: wanted.operands.map(({ text: word }) => ({ text: word, fits: operandMatcher(word) })),
  }
  return {
    text,
    match({ program, argv }: SimpleCommand): Answer {
      // mkfs.ext4 is an mkfs.
      if (!isProgram(program) && !program.startsWith(`${name}.`)) return 'no'
      return matchWords(shapeOf(argv, spec), argv, pattern)
    },
    covers: ({ program, argv, remote }: SimpleCommand): boolean =>
      !remote && isProgram(program) && coversWords(shapeOf(argv, { long: [], values }), pattern),
  }
}

const MAX_PATTERN = 500
// What makes a word lead elsewhere than a wildcard looks like.
const ELSEWHERE: readonly RegExp[] = [/:/, /(?:^|\/)\.\.(?:\/|$)/]
const any = (): boolean => true

interface Shape {
  readonly options: readonly { readonly name: string; readonly value: string }[]
  readonly operands: readonly Argument[]
  /** Operands that may be the value of the option before them. */
  readonly uncertain: ReadonlySet<Argument>
}

interface Wanted {
  /** A `*` stands at the end: whatever follows. */
  readonly open: boolean
  readonly options: readonly { readonly name: string; readonly fits: (value: string) => boolean }[]
  readonly operands: readonly { readonly text: string; readonly fits: (word: string) => boolean }[]
}

function wordsOf(text: string): readonly Argument[] | string {
  const script = parse(text)
  const error = script.errors?.[0]
  if (error !== undefined) return `is not a shell command: ${error.message}`
  const [first, second] = script.commands
  const command = first?.command
  const simple = command?.type === 'Command' && command.prefix.length === 0 && command.redirects.length === 0
  if (!simple || command.name === undefined || second !== undefined)
    return 'is not one simple command such as "git push --force" or "rm -rf *"'
  return [command.name, ...command.args].map((word) => ({
    text: word.type === 'Word' ? word.value : word.text,
    known: true,
    glob: false,
  }))
}

// A word that ends with `=` means whatever is assigned: `dd if=`.
function operandMatcher(word: string): (text: string) => boolean {
  return globMatcher(word.endsWith('=') ? `${word}*` : word)
}

// Short and long spellings that mean the same in every program that has both.
const SAME: Readonly<Record<string, string>> = { R: 'r', recursive: 'r', force: 'f', all: 'a', delete: 'd' }

// Programs whose long options have one dash: `-delete` is no cluster of letters.
const WHOLE_WORDS: ReadonlySet<string> = new Set(
  'find terraform tofu packer vault consul nomad java javac go openssl ffmpeg'.split(' '),
)

function wholeOptions(words: readonly Argument[]): ReturnType<typeof parseOptions> {
  const isOption = ({ text }: Argument): boolean => text.startsWith('-') && text.length > 1
  const flags = words.slice(1).flatMap((word): readonly (readonly [string, string])[] => {
    if (!isOption(word)) return []
    const [name = '', ...value] = word.text.replace(/^--?/, '').split('=')
    return [[name, value.join('=')]]
  })
  return { flags: new Map(flags), operands: words.slice(1).filter((word) => !isOption(word)) }
}

function shapeOf(argv: readonly Argument[], spec: { long: readonly string[]; values: readonly string[] }): Shape {
  let words = argv
  const program = programName(argv[0]?.text ?? '')
  if (program === 'git') {
    const { subcommand, args } = parseGit(argv)
    const verb = subcommand === undefined ? argv.slice(1, 2) : [{ text: subcommand, known: true, glob: false }]
    words = [...argv.slice(0, 1), ...verb, ...args]
  }
  const { flags, operands } = WHOLE_WORDS.has(program) ? wholeOptions(words) : parseOptions(words, spec)
  const uncertain = new Set<Argument>()
  for (const [index, word] of words.entries()) {
    const before = words[index - 1]?.text ?? ''
    if (index > 1 && before.startsWith('-') && before !== '--' && !before.includes('=')) uncertain.add(word)
  }
  return { options: [...flags].map(([name, value]) => ({ name: SAME[name] ?? name, value })), operands, uncertain }
}

function matchWords(shape: Shape, argv: readonly Argument[], pattern: Wanted): Answer {
  let answer: Answer = 'yes'
  for (const option of pattern.options) {
    const name = SAME[option.name] ?? option.name
    if (shape.options.some((one) => one.name === name && option.fits(one.value))) continue
    // A word that begins with something unknown may be any option.
    if (!argv.some((word) => !word.known && /^(?:[$`]|$)/.test(word.text))) return 'no'
    answer = 'unknown'
  }
  const operands = matchOperands(shape, pattern.operands)
  return operands === 'yes' ? answer : operands
}

/** The wanted operands stand at the beginning, in order; words that may be values of options are passed over. */
function matchOperands({ operands, uncertain }: Shape, wanted: Wanted['operands']): Answer {
  // How many of the wanted words are met so far, each way of reading the uncertain ones a state of its own.
  let states = new Map<number, Answer>([[0, 'yes']])
  let best: Answer = wanted.length === 0 ? 'yes' : 'no'
  for (const operand of operands) {
    if (best === 'yes' || states.size === 0) break
    const next = new Map<number, Answer>()
    for (const [met, answer] of states) {
      const want = wanted[met]
      if (want === undefined) continue
      if (uncertain.has(operand) && next.get(met) !== 'yes') next.set(met, answer)
      const fits = want.fits(operand.text) ? answer : operand.known && !operand.glob ? 'no' : 'unknown'
      if (fits !== 'no' && next.get(met + 1) !== 'yes') next.set(met + 1, fits)
    }
    const met = next.get(wanted.length)
    if (met !== undefined) best = met
    states = next
  }
  return best
}

function coversWords({ options, operands }: Shape, pattern: Wanted): boolean {
  const names = new Map(pattern.options.map((option) => [SAME[option.name] ?? option.name, option]))
  const given = new Set(options.map((option) => option.name))
  if ([...names.keys()].some((name) => !given.has(name))) return false
  for (const { name, value } of options) {
    const option = names.get(name)
    if (option === undefined ? !pattern.open : !option.fits(value)) return false
  }
  if (operands.length < pattern.operands.length || (operands.length > pattern.operands.length && !pattern.open))
    return false
  return pattern.operands.every(({ text, fits }, index) => {
    const operand = operands[index]
    if (operand?.known !== true || operand.glob || !fits(operand.text)) return false
    // `feature/*` does not mean `feature/x:main`, and `dist/*` not `dist/../src`.
    return ELSEWHERE.every((part) => part.test(text) || !part.test(operand.text))
  })
}
