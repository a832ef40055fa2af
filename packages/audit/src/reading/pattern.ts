const ANY = '*'

/** Whether a text is a pattern: `*` stands for any characters, also none. */
export function isPattern(text: string): boolean {
  return text.includes(ANY)
}

/** The longest part of a pattern that must stand in a text as it is. */
export function literalOf(pattern: string): string {
  return pattern.split(ANY).reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}

/** Whether the whole text fits the pattern. Looks at each part once from left to right, so no pattern is slow. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split(ANY)
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return text === pattern
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}
