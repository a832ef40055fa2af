import type { Argument } from './analysis.js'

/** A command line taken apart the way getopt does it. */
export interface ParsedOptions {
  /** Short flags (`r`) and long ones (`recursive`), with their values where they have one. */
  readonly flags: ReadonlyMap<string, string>
  readonly operands: readonly Argument[]
}

/** What the option parser must know of a program. */
export interface OptionSpec {
  /** Flags that take a value as the next word. */
  readonly values?: readonly string[]
  /** Options end at the first operand: `sudo -n rm -rf /`. */
  readonly posix?: boolean
  /** Long flags may be shortened: these are the full names. */
  readonly long?: readonly string[]
}

/** Takes options and operands of `argv` (the program's name first) apart. */
export function parseOptions(argv: readonly Argument[], spec: OptionSpec = {}): ParsedOptions {
  const flags = new Map<string, string>()
  const operands: Argument[] = []
  const values = new Set(spec.values)
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at]
    if (word === undefined) break
    const text = word.text
    if (text === '--') {
      operands.push(...argv.slice(at + 1))
      break
    }
    if (!text.startsWith('-') || text === '-' || (!word.known && !/^-\w/.test(text))) {
      if (spec.posix === true) {
        operands.push(...argv.slice(at))
        break
      }
      operands.push(word)
    } else if (text.startsWith('--')) {
      const equals = text.indexOf('=')
      const name = complete(equals < 0 ? text.slice(2) : text.slice(2, equals), spec.long)
      if (equals >= 0) flags.set(name, text.slice(equals + 1))
      else if (values.has(name)) flags.set(name, argv[(at += 1)]?.text ?? '')
      else flags.set(name, '')
    } else {
      at = readCluster({ text, argv, at, values, flags })
    }
  }
  return { flags, operands }
}

interface Cluster {
  readonly text: string
  readonly argv: readonly Argument[]
  readonly at: number
  readonly values: ReadonlySet<string>
  readonly flags: Map<string, string>
}

function readCluster({ text, argv, at, values, flags }: Cluster): number {
  for (let index = 1; index < text.length; index += 1) {
    const flag = text.charAt(index)
    if (!values.has(flag)) {
      flags.set(flag, '')
      continue
    }
    if (index + 1 < text.length) {
      flags.set(flag, text.slice(index + 1))
      return at
    }
    flags.set(flag, argv[at + 1]?.text ?? '')
    return at + 1
  }
  return at
}

// GNU getopt takes every unambiguous beginning of a long option.
function complete(name: string, long: readonly string[] | undefined): string {
  const fits = long?.filter((full) => full.startsWith(name)) ?? []
  return fits.length === 1 && fits[0] !== undefined ? fits[0] : name
}
