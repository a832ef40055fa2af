const VOWELS = /[aeiouy]/g
const MAX_DIGITS = 4

/**
 * True for text that reads as names and words do: `sha256WithRsa`, `arrow-up-2`. Its letters can be pronounced, and it
 * has few digits; of what a machine made at random hardly anything looks so.
 */
export function isName(value: string): boolean {
  const digits = value.match(/\d/g)?.length ?? 0
  if (digits > MAX_DIGITS || digits * 4 > value.length) return false
  let letters = 0
  let readable = 0
  for (const [word] of value.matchAll(/[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]/g)) {
    letters += word.length
    if (word.length > 2 && isPronounceable(word.toLowerCase())) readable += word.length
  }
  return readable * 10 >= letters * 7
}

function isPronounceable(word: string): boolean {
  if (/[^aeiouy]{5}/.test(word) || /[aeiou]{4}/.test(word)) return false
  const vowels = word.match(VOWELS)?.length ?? 0
  return vowels * 6 >= word.length && vowels * 10 <= word.length * 8
}
