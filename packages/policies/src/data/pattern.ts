import { RE2JS } from 're2js'

/** A pattern of a policy, on an engine whose time grows with the text only. */
export interface LinearPattern {
  readonly source: string
  /** The places it matches, from left to right; an empty match is none. */
  find(text: string): readonly { readonly start: number; readonly end: number }[]
}

/** How many patterns one entry of a policy may hold. */
export const MAX_PATTERNS = 100

const MAX_LENGTH = 200
// Each match may cost a look at the whole rest of the text. What lies behind so many counts as one more match.
const MAX_MATCHES = 1000

/**
 * Compiles a pattern of a policy; a string says why it is not taken. The syntax is RE2's: what JavaScript's has beyond
 * that, lookaround and backreferences, cannot be matched in linear time and is refused.
 */
export function checkPattern(source: string): LinearPattern | string {
  if (source === '') return 'the pattern is empty'
  if (source.length > MAX_LENGTH) return `the pattern has ${source.length} characters; at most ${MAX_LENGTH} are taken`
  if (/\(\?(?:[=!]|<[=!])/.test(source)) return 'lookaround is not taken: it cannot be matched in linear time'
  if (/\\(?:[1-9]|k[<{'])/.test(source)) return 'backreferences are not taken: they cannot be matched in linear time'
  try {
    const compiled = RE2JS.compile(source)
    return { source, find: (text) => findAll(compiled, text) }
  } catch (error) {
    return `not a regular expression of RE2: ${error instanceof Error ? error.message : String(error)}`
  }
}

function findAll(pattern: RE2JS, text: string): readonly { start: number; end: number }[] {
  const found: { start: number; end: number }[] = []
  const matcher = pattern.matcher(text)
  while (matcher.find()) {
    const [start, end] = [matcher.start(), matcher.end()]
    if (end === start) continue
    if (found.length === MAX_MATCHES) return [...found, { start, end: text.length }]
    found.push({ start, end })
  }
  return found
}
