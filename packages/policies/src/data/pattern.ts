const MAX_LENGTH = 200
// Ways in which one starting place can be matched; `+` and `*` are bounded by the length of a window.
const MAX_WAYS = 2000
const OPEN_ENDED = 256

/**
 * Compiles a pattern of a policy; a string says why it is not taken.
 *
 * Only patterns that JavaScript's engine surely matches in bounded time are taken: no lookaround, no backreference, no
 * repetition of a group that repeats or branches itself, and few repetitions in all.
 */
export function checkPattern(source: string): RegExp | string {
  if (source === '') return 'the pattern is empty'
  if (source.length > MAX_LENGTH) return `the pattern has ${source.length} characters; at most ${MAX_LENGTH} are taken`
  if (/\(\?(?!:)/.test(source)) return 'lookaround, named groups and inline flags are not taken'
  if (/\\[1-9k]/.test(source)) return 'backreferences are not taken'
  const repeated = checkRepetition(source)
  if (repeated !== undefined) return repeated
  try {
    return new RegExp(source, 'gu')
  } catch (error) {
    return `not a regular expression: ${error instanceof Error ? error.message : String(error)}`
  }
}

function checkRepetition(source: string): string | undefined {
  const groups: boolean[] = []
  let varies = false
  let ways = 1
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at]
    if (char === '\\') at += 1
    else if (char === '[') at = classEnd(source, at)
    else if (char === '(') {
      groups.push(varies)
      varies = false
    } else if (char === ')') {
      if (varies && repetitionWays(source, at + 1) > 0)
        return 'a repeated group that repeats or branches inside is not taken'
      varies = (groups.pop() ?? false) || varies
    } else if (char === '|') varies = true
    else {
      const times = repetitionWays(source, at)
      if (times === 0) continue
      varies = true
      ways *= times
      if (ways > MAX_WAYS) return 'too many repetitions; use one + or *, and bounds such as {1,8} for the rest'
    }
  }
  return undefined
}

/** In how many ways the repetition at a place can be met; 0 where there is none. */
function repetitionWays(source: string, at: number): number {
  const char = source[at]
  if (char === '*' || char === '+') return OPEN_ENDED
  // A question mark after a repetition makes it lazy and adds nothing.
  if (char === '?') return /[*+?}]/.test(source.charAt(at - 1)) && source[at - 2] !== '\\' ? 1 : 2
  const bounds = char === '{' ? /^\{(\d+)(,(\d*))?\}/.exec(source.slice(at)) : null
  if (bounds === null) return 0
  if (bounds[2] === undefined) return 1
  return bounds[3] === '' ? OPEN_ENDED : Math.max(1, Number(bounds[3]) - Number(bounds[1]) + 1)
}

function classEnd(source: string, from: number): number {
  for (let at = from + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1
    else if (source[at] === ']') return at
  }
  return source.length
}
