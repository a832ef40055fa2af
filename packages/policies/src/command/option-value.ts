import type { Argument } from './analysis.js'

/** Every value of some options, in order: `-x v`, `-xv`, `-abx v`, `--long v`, `--long=v`. */
export function optionValues(
  argv: readonly Argument[],
  { short = '', long = [] }: { short?: string; long?: readonly string[] },
): readonly Argument[] {
  const found: Argument[] = []
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at]
    if (word === undefined || word.text === '--') break
    const { text } = word
    if (text.startsWith('--')) {
      const equals = text.indexOf('=')
      const name = equals < 0 ? text.slice(2) : text.slice(2, equals)
      if (!long.some((one) => one === name || (name.length > 3 && one.startsWith(name)))) continue
      if (equals >= 0) found.push({ ...word, text: text.slice(equals + 1) })
      else if (argv[at + 1] !== undefined) found.push(argv[(at += 1)] ?? word)
    } else if (/^-[A-Za-z]/.test(text)) {
      const letter = Array.from(text).findIndex((char, index) => index > 0 && short.includes(char))
      if (letter < 1 || !/^-[A-Za-z0-9]*$/.test(text.slice(0, letter + 1))) continue
      if (letter < text.length - 1) found.push({ ...word, text: text.slice(letter + 1).replace(/^=/, '') })
      else if (argv[at + 1] !== undefined) found.push(argv[(at += 1)] ?? word)
    }
  }
  return found
}
