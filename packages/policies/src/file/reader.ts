import type { PolicyProblem, ProblemCode } from '../problem.js'
import type { Located, LocatedEntry, Place } from './located.js'
import { didYouMean } from './suggestion.js'

// A file with more is not mended one by one.
const MAX_PROBLEMS = 100

/** Reads typed values out of a located document and collects every defect on the way. */
export class Reader {
  readonly problems: PolicyProblem[] = []
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** True where no further defect is kept. */
  get full(): boolean {
    return this.problems.length >= MAX_PROBLEMS
  }

  problem(place: Place, code: ProblemCode, message: string): void {
    if (this.full) return
    this.problems.push({ file: this.#file, line: place.line, column: place.column, message, code })
  }

  source(place: Place): { readonly file: string; readonly line: number; readonly column: number } {
    return { file: this.#file, line: place.line, column: place.column }
  }

  /** The entries of a map, each key one of the known ones and there only once. */
  entries(value: Located, what: string, known: readonly string[]): ReadonlyMap<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>()
    if (value.kind !== 'map') {
      this.problem(
        value,
        'wrong_type',
        `expected ${what} as a map with the keys ${known.join(', ')}, found ${nameOf(value)}`,
      )
      return entries
    }
    for (const entry of value.entries) {
      if (this.full) break
      if (!known.includes(entry.key))
        this.problem(
          entry,
          'unknown_key',
          `unknown key "${entry.key}" in ${what}; known: ${known.join(', ')}.${didYouMean(entry.key, known)}`,
        )
      else if (entries.has(entry.key))
        this.problem(entry, 'wrong_type', `the key "${entry.key}" is there twice in ${what}`)
      else entries.set(entry.key, entry)
    }
    return entries
  }

  items(value: Located, what: string): readonly Located[] {
    if (value.kind === 'list') return value.items
    this.problem(value, 'wrong_type', `expected ${what} as a list, found ${nameOf(value)}`)
    return []
  }

  text(value: Located, what: string): string | undefined {
    if (value.kind === 'scalar' && typeof value.value === 'string' && value.value.trim() !== '')
      return value.value.trim()
    this.problem(value, 'wrong_type', `expected ${what} as text, found ${nameOf(value)}`)
    return undefined
  }

  texts(value: Located, what: string): readonly string[] | undefined {
    if (value.kind !== 'list' || value.items.length === 0) {
      this.problem(value, 'wrong_type', `expected ${what} as a list of at least one text, found ${nameOf(value)}`)
      return undefined
    }
    const texts = value.items.map((item) => this.text(item, `each of ${what}`))
    return texts.every((text) => text !== undefined) ? texts : undefined
  }

  /** A text, or a list of them. */
  oneOrMore(value: Located, what: string, most: number): readonly string[] | undefined {
    const texts = value.kind === 'list' ? this.texts(value, what) : [this.text(value, what)]
    if (texts === undefined || texts.length <= most)
      return texts?.every((text) => text !== undefined) === true ? texts : undefined
    this.problem(value, 'too_large', `${what} has ${texts.length} entries; at most ${most} are taken`)
    return undefined
  }

  number(
    value: Located,
    what: string,
    { least, most = Number.MAX_SAFE_INTEGER }: { least: number; most?: number },
  ): number | undefined {
    if (value.kind === 'scalar' && typeof value.value === 'number' && value.value >= least && value.value <= most)
      return value.value
    this.problem(value, 'wrong_type', `expected ${what} as a number from ${least} to ${most}, found ${nameOf(value)}`)
    return undefined
  }

  boolean(value: Located, what: string): boolean | undefined {
    if (value.kind === 'scalar' && typeof value.value === 'boolean') return value.value
    this.problem(value, 'wrong_type', `expected ${what} as true or false, found ${nameOf(value)}`)
    return undefined
  }

  oneOf<T extends string>(value: Located, what: string, known: readonly T[]): T | undefined {
    const text = this.text(value, what)
    if (text === undefined) return undefined
    const found = known.find((one) => one === text)
    if (found === undefined)
      this.problem(
        value,
        'unknown_value',
        `unknown ${what} "${text}"; expected ${known.join(', ')}.${didYouMean(text, known)}`,
      )
    return found
  }
}

/** What a value is, in words for a message. */
export function nameOf(value: Located): string {
  if (value.kind === 'map') return value.entries.length === 0 ? 'an empty map' : 'a map'
  if (value.kind === 'list') return value.items.length === 0 ? 'an empty list' : 'a list'
  if (value.value === null) return 'nothing'
  if (typeof value.value === 'string')
    return value.value.trim() === '' ? 'an empty text' : `the text ${JSON.stringify(value.value.slice(0, 60))}`
  return String(value.value)
}
