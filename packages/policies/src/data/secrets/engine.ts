import { buildAutomaton, type Automaton } from '../automaton.js'
import { entropy, isPlaceholder } from '../entropy.js'
import type { Match } from '../finding.js'
import { findNamed, SECRET_WORDS } from './named.js'
import type { SecretKind } from './kind.js'
import { secretKinds } from './kinds.js'

interface Machine {
  readonly automaton: Automaton
  /** By number of the automaton's word: the word, and what it may begin; no kinds for a word such as `password`. */
  readonly words: readonly { readonly text: string; readonly kinds: readonly SecretKind[] }[]
}

let machine: Machine | undefined

const SAMPLE = 256

// Built when it is first needed: an import must cost nothing.
function theMachine(): Machine {
  if (machine !== undefined) return machine
  const kinds = new Map<string, SecretKind[]>()
  for (const kind of secretKinds())
    for (const keyword of kind.keywords) kinds.set(keyword, [...(kinds.get(keyword) ?? []), kind])
  const words = [
    ...[...kinds].map(([text, found]) => ({ text, kinds: found })),
    ...SECRET_WORDS.map((text) => ({ text, kinds: [] })),
  ]
  machine = { automaton: buildAutomaton(words.map((word) => word.text)), words }
  return machine
}

/** Secrets that are known by their shape or by the name of what they are assigned to. */
export function findSecrets(text: string): readonly Match[] {
  const { automaton, words } = theMachine()
  const matches: Match[] = []
  const past = new Map<SecretKind | undefined, number>()
  const add = (kind: SecretKind | undefined, at: number, find: () => Match | undefined): void => {
    // Inside of what this kind has found already there is nothing more for it to find.
    if (at < (past.get(kind) ?? 0)) return
    const match = find()
    if (match === undefined) return
    matches.push(match)
    past.set(kind, match.end)
  }
  automaton.find(text, (number, end) => {
    const word = words[number]
    if (word === undefined) return
    const at = end - word.text.length
    if (word.kinds.length === 0) add(undefined, at, () => findNamed(text, at, end))
    for (const kind of word.kinds)
      if (kind.anyCase === true || text.startsWith(word.text, at)) add(kind, at, () => matchKind(text, at, kind))
  })
  return matches
}

function matchKind(text: string, at: number, kind: SecretKind): Match | undefined {
  const from = kind.before === undefined ? at : leadStart(text, at, kind.before)
  if (kind.inside !== true && isInWord(text, from)) return undefined
  kind.pattern.lastIndex = from
  const found = kind.pattern.exec(text)
  if (found === null) return undefined
  const value = found.at(-1) ?? found[0]
  if (!isGenuine(value, kind)) return undefined
  const start = from + found[0].lastIndexOf(value)
  return { kind: kind.kind, category: 'secret', start, end: start + value.length }
}

function leadStart(text: string, at: number, { chars, most }: NonNullable<SecretKind['before']>): number {
  let from = at
  while (from > 0 && at - from < most && chars.test(text.charAt(from - 1))) from -= 1
  return from
}

function isGenuine(value: string, kind: SecretKind): boolean {
  if (kind.holds?.(value) === false) return false
  if (kind.checksum?.(value) === true) return true
  if (kind.entropy === undefined) return true
  // The beginning of a long one says as much as the whole.
  const sample = value.slice(0, SAMPLE)
  return entropy(sample) >= kind.entropy && !isPlaceholder(sample)
}

/** True where a letter or digit stands before a place; the last character of `\n` or `%3D` is none. */
function isInWord(text: string, at: number): boolean {
  if (at === 0 || !/[A-Za-z0-9]/.test(text.charAt(at - 1))) return false
  return !/(?:\\[nrt]|\\u00[0-9a-fA-F]{2}|%[0-9A-Fa-f]{2})$/.test(text.slice(Math.max(0, at - 6), at))
}
