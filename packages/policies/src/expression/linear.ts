import { RE2JS } from 're2js'

/** A regular expression on an engine whose time grows with the text and nothing else. */
export type LinearPattern = (text: string) => boolean

const MAX_PATTERN = 200
// Each repetition is written out as often as its bound says.
const MAX_REPEATED = 64

/** Compiles a regular expression in RE2's syntax; a string says why it is not taken. */
export function linearPattern(source: string): LinearPattern | string {
  if (source.length > MAX_PATTERN)
    return `the pattern has ${source.length} characters; at most ${MAX_PATTERN} are taken`
  let repeated = 1
  for (const [, least = '0', most] of source.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    repeated *= Math.max(1, Number(least), Number(most ?? 0))
  if (repeated > MAX_REPEATED) return `the pattern's bounds multiply to ${repeated}; at most ${MAX_REPEATED} are taken`
  try {
    const pattern = RE2JS.compile(source)
    return (text) => pattern.matcher(text).find()
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return `${detail}; patterns are RE2's, without lookaround and backreferences`
  }
}
