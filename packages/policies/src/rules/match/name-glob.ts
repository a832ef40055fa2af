type Token = '*' | ((char: string) => boolean)

/** Compiles a glob for one name of a path: `*` any characters, `?` one, `[a-z]` or `[!a-z]` one of a set, `\` takes the next as it is. */
export function nameGlob(pattern: string): (name: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (name) => name === pattern
  if (pattern === '*') return () => true
  const tokens = tokensOf(pattern)
  return (name) => {
    let at = 0
    let place = 0
    let star = -1
    let retry = 0
    while (place < name.length) {
      const token = tokens[at]
      if (token === '*') {
        star = at
        at += 1
        retry = place
      } else if (token?.(name.charAt(place)) === true) {
        at += 1
        place += 1
      } else if (star >= 0) {
        // Only the last star is tried again: what an earlier one could take, it can take too.
        at = star + 1
        retry += 1
        place = retry
      } else return false
    }
    while (tokens[at] === '*') at += 1
    return at === tokens.length
  }
}

/** The patterns that `{a,b}` stands for, at most `most` of them and one more; braces may nest. */
export function expandBraces(pattern: string, most: number): readonly string[] {
  const done: string[] = []
  const open = [pattern]
  for (let form = open.pop(); form !== undefined && done.length <= most; form = open.pop()) {
    const braces = firstBraces(form)
    if (braces === undefined) done.push(form)
    else
      for (const part of braces.parts.toReversed())
        open.push(form.slice(0, braces.start) + part + form.slice(braces.end))
  }
  return done
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at)
    const end = char === '[' ? pattern.indexOf(']', at + 2) : -1
    if (char === '*') {
      if (tokens.at(-1) !== '*') tokens.push('*')
    } else if (char === '?') tokens.push(() => true)
    else if (end > 0) {
      tokens.push(setOf(pattern.slice(at + 1, end)))
      at = end
    } else {
      if (char === '\\') at += 1
      const literal = pattern.charAt(at)
      tokens.push((one) => one === literal)
    }
  }
  return tokens
}

function setOf(text: string): (char: string) => boolean {
  const inverted = text.startsWith('!') || text.startsWith('^')
  const ranges: (readonly [string, string])[] = []
  const chars = inverted ? text.slice(1) : text
  for (let at = 0; at < chars.length; at += 1) {
    const first = chars.charAt(at)
    if (chars[at + 1] === '-' && at + 2 < chars.length) {
      ranges.push([first, chars.charAt(at + 2)])
      at += 2
    } else ranges.push([first, first])
  }
  return (char) => ranges.some(([first, last]) => char >= first && char <= last) !== inverted
}

interface Braces {
  readonly start: number
  readonly end: number
  readonly parts: readonly string[]
}

/** The first outermost `{a,b}`; braces without a comma stand for themselves. */
function firstBraces(form: string): Braces | undefined {
  for (let start = form.indexOf('{'); start >= 0; start = form.indexOf('{', start + 1)) {
    const parts: string[] = []
    let depth = 0
    let from = start + 1
    for (let at = start; at < form.length; at += 1) {
      const char = form[at]
      if (char === '{') depth += 1
      else if (char === ',' && depth === 1) {
        parts.push(form.slice(from, at))
        from = at + 1
      } else if (char === '}') {
        depth -= 1
        if (depth > 0) continue
        if (parts.length > 0) return { start, end: at + 1, parts: [...parts, form.slice(from, at)] }
        break
      }
    }
  }
  return undefined
}
