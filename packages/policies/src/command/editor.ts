import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { optionValues } from './option-value.js'
import { readCode } from './code.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

const VIM = /^(?:g|n|r|rg)?(?:vi|vim|ex|view|vimdiff|nvim|evim|vimx)(?:\.\w+)?$/
// `:!cmd`, `:silent !cmd`, `:r !cmd`, `:%w !cmd`, `:1,$!cmd`.
const BANG =
  /^:{0,8}\s{0,8}(?:(?:sil(?:ent)?|exe(?:cute)?|keepalt|noautocmd)!?\s{1,8}["']?:?)?[%$\d,.]{0,16}(?:r(?:ead)?|w(?:rite)?)?\s{0,8}!{1,2}\s{0,8}(.+)$/
const FILES = /(?:^|[|:])\s{0,8}(?:w(?:rite)?|sav(?:eas)?|up(?:date)?)!?\s{1,8}([^!|\s][^|\s]*)/g

/** Editors: the shell commands that their own commands start. */
export function runEditor(program: string, call: Call, shell: Shell): void {
  if (program === 'emacs' || program === 'emacsclient') {
    for (const word of optionValues(expand(call.argv), { short: '', long: ['eval', 'execute', 'funcall'] }))
      readCode(word, { language: 'elisp', call }, shell)
    return
  }
  const vim = VIM.test(program)
  if (!vim && program !== 'ed' && program !== 'red') return
  const words: Argument[] = vim ? [...optionValues(call.argv, { short: 'c', long: ['cmd'] })] : []
  if (vim)
    for (const word of call.argv.slice(1))
      if (/^\+[^/\d]/.test(word.text)) words.push({ ...word, text: word.text.slice(1) })
  if (call.input.kind === 'text' && (!vim || call.argv.some((word) => /^-[a-zA-Z]*[es]/.test(word.text))))
    words.push(...call.input.text.split('\n').slice(0, 256).map(literal))
  for (const word of words) {
    const text = word.text.slice(0, 4096)
    shell.spend(text.length >> 8)
    for (const line of text.split(/[\n|]/).slice(0, 64)) {
      const source = BANG.exec(line.trim())?.[1]?.replace(/["']$/, '')
      if (source === undefined) continue
      if (!word.known) shell.opaque('script', word.text)
      else if (parse(source).errors === undefined) shell.nested(source, call.state)
    }
    if (vim) readCode(word, { language: 'vim', call }, shell)
    if (vim) recordWrites(text, call, shell)
  }
}

function recordWrites(text: string, call: Call, shell: Shell): void {
  for (const match of text.matchAll(FILES))
    shell.dispatch({ ...call, argv: [literal('tee'), literal(match[1] ?? '')], input: { kind: 'none' } })
}

// Emacs takes its long options with one dash too.
function expand(argv: readonly Argument[]): readonly Argument[] {
  return argv.map((word) => (/^-[a-z]{4,}/.test(word.text) ? { ...word, text: `-${word.text}` } : word))
}
