// More results than any honest command line has; beyond it the word is not expanded and counts as unknown.
const MAX_RESULTS = 256
const MAX_SEQUENCE = 64

/** Bash's brace expansion of one word's source text (`{rm,-rf,/}` is three words); undefined when there are too many. */
export function expandBraces(text: string): readonly string[] | undefined {
  const open = findGroup(text, 0)
  if (open === undefined) return [text]
  const head = text.slice(0, open.start)
  const tails = expandBraces(text.slice(open.end))
  if (tails === undefined) return undefined
  const results: string[] = []
  for (const part of open.parts) {
    const middles = expandBraces(part)
    if (middles === undefined || results.length + middles.length * tails.length > MAX_RESULTS) return undefined
    for (const middle of middles) for (const tail of tails) results.push(head + middle + tail)
  }
  return results
}

interface Group {
  readonly start: number
  readonly end: number
  readonly parts: readonly string[]
}

function findGroup(text: string, from: number): Group | undefined {
  for (let at = from; at < text.length; at = skip(text, at)) {
    if (text[at] !== '{' || text[at - 1] === '$') continue
    const group = readGroup(text, at)
    if (group !== undefined) return group
  }
  return undefined
}

function readGroup(text: string, start: number): Group | undefined {
  const parts: string[] = []
  let depth = 0
  let partStart = start + 1
  for (let at = start; at < text.length; at = skip(text, at)) {
    const char = text[at]
    if (char === '{') depth += 1
    else if (char === ',' && depth === 1) {
      parts.push(text.slice(partStart, at))
      partStart = at + 1
    } else if (char === '}') {
      depth -= 1
      if (depth > 0) continue
      const last = text.slice(partStart, at)
      if (parts.length > 0) return { start, end: at + 1, parts: [...parts, last] }
      const sequence = readSequence(last)
      return sequence === undefined ? undefined : { start, end: at + 1, parts: sequence }
    }
  }
  return undefined
}

function readSequence(text: string): readonly string[] | undefined {
  const found = /^(-?\d{1,6}|[A-Za-z])\.\.(-?\d{1,6}|[A-Za-z])(?:\.\.-?\d{1,6})?$/.exec(text)
  if (found?.[1] === undefined || found[2] === undefined) return undefined
  const numeric = /\d/.test(found[1])
  const from = numeric ? Number(found[1]) : found[1].charCodeAt(0)
  const to = numeric ? Number(found[2]) : found[2].charCodeAt(0)
  const count = Math.min(Math.abs(to - from) + 1, MAX_SEQUENCE)
  const step = to < from ? -1 : 1
  return Array.from({ length: count }, (_, index) => {
    const value = from + index * step
    return numeric ? String(value) : String.fromCharCode(value)
  })
}

/** The index after the character at `at`, over quoted text, escapes and expansions. */
function skip(text: string, at: number): number {
  const char = text[at]
  if (char === '\\') return at + 2
  if (char === "'" || char === '"' || char === '`') return closing(text, at, char)
  if (char === '$' && (text[at + 1] === '{' || text[at + 1] === '(')) {
    const close = text[at + 1] === '{' ? '}' : ')'
    return closing(text, at + 1, close)
  }
  return at + 1
}

function closing(text: string, from: number, close: string): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && close !== "'") at += 1
    else if (text[at] === close) return at + 1
  }
  return text.length
}
