import type { Argument, SimpleCommand } from '../command/analysis.js'
import { type GitCommand, parseGit } from '../command/git.js'
import { parseOptions } from '../command/options.js'

/** Flags after which a program only prints something about itself. */
const ASKS: ReadonlySet<string> = new Set(['help', 'longhelp', 'version', 'h'])
/** Programs whose parsers take such a flag anywhere among their words. */
const SUBCOMMANDS: ReadonlySet<string> = new Set(
  'aws az gcloud gsutil kubectl helm terraform tofu pulumi docker podman git gh npm pnpm yarn cargo gem twine loki systemctl'.split(
    ' ',
  ),
)

/** One innermost command as the rules of the pack read it. */
export class Invocation {
  readonly command: SimpleCommand
  #words: readonly string[] | undefined
  #flags: ReadonlyMap<string, string> | undefined
  #plain: readonly string[] | undefined
  #git: GitCommand | undefined

  constructor(command: SimpleCommand) {
    this.command = command
  }

  get program(): string {
    return this.command.program
  }

  /** Every word behind the program's name. */
  get words(): readonly string[] {
    this.#words ??= this.command.argv.slice(1).map((word) => word.text)
    return this.#words
  }

  /** The words that do not begin with a dash; values of flags are among them. */
  get plain(): readonly string[] {
    this.#plain ??= this.words.filter((word) => !word.startsWith('-'))
    return this.#plain
  }

  /** Text that the program finds on its standard input, where that is known. */
  get stdin(): string {
    return this.command.stdin ?? ''
  }

  get git(): GitCommand {
    this.#git ??= parseGit(this.command.argv)
    return this.#git
  }

  /** The words that are neither flags nor values of the flags `values`. */
  operands(values: readonly string[]): readonly string[] {
    return parseOptions(this.command.argv, { values }).operands.map((word) => word.text)
  }

  /** True where one of the flags is given: one letter stands for a short flag, more for a long one. */
  has(...names: readonly string[]): boolean {
    this.#flags ??= parseOptions(this.command.argv).flags
    return names.some((name) => this.#flags?.has(name) && (!ASKS.has(name) || this.#onlyAsks))
  }

  /**
   * Whether a flag that asks for help or the version keeps the program from doing anything else. With subcommands it does
   * anywhere before `--`; elsewhere only before the first operand, behind which it may be an operand itself
   * (POSIXLY_CORRECT, BSD).
   */
  get #onlyAsks(): boolean {
    const end = this.words.findIndex(
      (word) => word === '--' || (!SUBCOMMANDS.has(this.program) && !word.startsWith('-')),
    )
    const before = end === -1 ? this.words : this.words.slice(0, end)
    return before.some((word) => ASKS.has(word.replace(/^--?/, '')))
  }

  /** True where the plain words hold `sequence` one behind the other; `*` stands for any word. */
  runs(...sequence: readonly string[]): boolean {
    return this.plain.some((_, start) =>
      sequence.every((wanted, offset) => {
        const word = this.plain[start + offset]
        return word !== undefined && (wanted === '*' || wanted === word.toLowerCase())
      }),
    )
  }
}

/** Options and operands behind a git subcommand. */
export function gitOptions(
  { args }: GitCommand,
  values: readonly string[] = [],
): { readonly has: (...names: readonly string[]) => boolean; readonly operands: readonly Argument[] } {
  const { flags, operands } = parseOptions([{ text: 'git', known: true, glob: false }, ...args], {
    values,
    long: ['force', 'delete', 'mirror', 'dry-run', 'discard-changes', 'staged'],
  })
  return { has: (...names) => names.some((name) => flags.has(name)), operands }
}

/** True where the shortened long option `flag` means `full`: git takes `--har` for `--hard`. */
export function shortens(words: readonly Argument[], full: string, least: number): boolean {
  return words.some(({ text }) => {
    const name = text.replace(/=.*$/s, '')
    return name.length >= least + 2 && name.startsWith('--') && `--${full}`.startsWith(name)
  })
}
