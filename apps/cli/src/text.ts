// Agents choose much of what is printed here: commands, paths, reasons that quote them. None of it may move the cursor,
// change colours, or reorder what a person reads (terminal escapes; Unicode TR 36 on bidirectional text).
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

/** The text on one line, with every character that a terminal would act on made visible. */
export function plain(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\n') return '⏎'
    if (character === '\t') return ' '
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** JSON on one line; characters that a terminal would act on are escaped, which JSON reads as the same. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The text, cut to a number of columns with an ellipsis. */
export function shorten(text: string, columns: number): string {
  const characters = Array.from(text)
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}

/** The text in lines of at most so many columns, broken at spaces where there are any. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    let rest = word
    if (line !== '' && line.length + 1 + rest.length <= columns) {
      line += ` ${rest}`
      continue
    }
    if (line !== '') lines.push(line)
    while (rest.length > columns) {
      lines.push(rest.slice(0, columns))
      rest = rest.slice(columns)
    }
    line = rest
  }
  return line === '' ? lines : [...lines, line]
}
