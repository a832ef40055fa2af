import { buildAutomaton, type Automaton } from './automaton.js'
import type { Match } from './finding.js'

/** How many names one entry of a policy may hold, and how long each may be. */
export const MAX_NAMES = 1000
const MAX_LENGTH = 64

/** Why a name cannot be looked for; undefined where it can. */
export function checkName(name: string): string | undefined {
  const trimmed = name.trim()
  if (trimmed.length < 2) return `a name needs two characters at least, found "${name}"`
  if (trimmed.length > MAX_LENGTH) return `a name has ${MAX_LENGTH} characters at most, found ${trimmed.length}`
  return undefined
}

// A list is an option of every scan and does not change: its automaton is built once.
const built = new WeakMap<readonly string[], Automaton>()

/** Finds names of one's own as whole words, in capitals and small letters alike. */
export function findNames(text: string, names: readonly string[]): readonly Match[] {
  if (names.length === 0) return []
  const words = names.map((name) => name.trim())
  const automaton = built.get(names) ?? buildAutomaton(words)
  built.set(names, automaton)
  const matches: Match[] = []
  automaton.find(text, (number, end) => {
    const start = end - (words[number]?.length ?? 0)
    if (!isLetter(text, start - 1) && !isLetter(text, end)) matches.push({ kind: 'name', category: 'pii', start, end })
  })
  return matches
}

function isLetter(text: string, at: number): boolean {
  return /[\p{L}\p{M}\p{N}_]/u.test(text.charAt(at))
}
