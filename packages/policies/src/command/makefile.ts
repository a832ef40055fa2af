import { parse } from 'unbash'
import { optionValues } from './option-value.js'
import type { Call, Shell } from './shell.js'
import type { ShellState } from './state.js'

const MAX_TEXT = 16_384
const MAX_RECIPES = 256

/** `make`: recipes that it reads from its input, and what `--eval` and variables on its command line run. */
export function runMake(call: Call, shell: Shell): void {
  const files = optionValues(call.argv, { short: 'f', long: ['file', 'makefile'] })
  for (const file of files) {
    const fromInput = /^(-|\/dev\/(stdin|fd\/0)|\/proc\/self\/fd\/0)$/.test(file.text)
    const text = fromInput
      ? call.input.kind === 'text'
        ? call.input.text
        : undefined
      : shell.files.read(call.state, file)?.text
    if (text !== undefined) readMakefile(text, call.state, shell)
    else if (fromInput && call.input.kind === 'unknown')
      shell.opaque(call.input.download ? 'remote_script' : 'script', '… | make -f -')
  }
  for (const { text } of optionValues(call.argv, { short: 'E', long: ['eval'] })) readMakefile(text, call.state, shell)
  for (const { text } of call.argv.slice(1)) if (/^[\w.]+[:?+!]?=/.test(text)) readCalls(text, call.state, shell)
}

function readMakefile(source: string, state: ShellState, shell: Shell): void {
  const text = source.slice(0, MAX_TEXT)
  shell.spend(text.length >> 6)
  readCalls(text, state, shell)
  const recipes = text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .flatMap((line) => /^\t[@+-]*(.*)$/.exec(line)?.[1] ?? /^[\w.%/ -]+::?[^=;]*;\s*[@+-]*(.*)$/.exec(line)?.[1] ?? [])
  for (const recipe of recipes.slice(0, MAX_RECIPES)) {
    // `$$x` is the shell's own; what make itself expands is not known.
    const script = recipe.replace(/\$\([A-Za-z_]\w*\)/g, '"$UNKNOWN"').replace(/\$\$/g, '$')
    if (parse(script).errors === undefined) shell.nested(script, state)
  }
}

function readCalls(text: string, state: ShellState, shell: Shell): void {
  for (const match of text.matchAll(/\$\(shell\s+([^()]*(?:\([^()]*\)[^()]*)*)\)|!=\s*(.+)$/gm)) {
    const script = (match[1] ?? match[2] ?? '').replace(/\$\$/g, '$')
    if (parse(script).errors === undefined) shell.nested(script, state)
  }
}
