import { optionValues } from './option-value.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

const MAX_SCRIPT = 16_384

/** `sed`: what its `e` command and flag run, and the files its `w` command and flag write. */
export function runSed(call: Call, shell: Shell): void {
  const given = optionValues(call.argv, { short: 'e', long: ['expression'] })
  const { operands } = parseOptions(call.argv, { values: ['e', 'f', 'l', 'expression', 'file', 'line-length'] })
  const hasFile = optionValues(call.argv, { short: 'f', long: ['file'] }).length > 0
  const scripts = given.length > 0 ? given : hasFile ? [] : operands.slice(0, 1)
  for (const script of scripts) readScript(script.text.slice(0, MAX_SCRIPT), call, shell)
}

function readScript(text: string, call: Call, shell: Shell): void {
  shell.spend(text.length >> 8)
  let at = 0
  const lineEnd = (): number => {
    const end = text.indexOf('\n', at)
    return end < 0 ? text.length : end
  }
  const write = (file: string): void => {
    if (file !== '' && !/^\/dev\/std(out|err)$/.test(file))
      shell.use(pathUse({ argument: literal(file), state: call.state, access: 'write', program: 'sed' }))
  }
  while (at < text.length) {
    at = skipAddresses(text, at)
    const command = text[at]
    at += 1
    if (command === 's' || command === 'y') {
      const mark = text[at] ?? ''
      const middle = closing(text, at + 1, mark)
      const end = closing(text, middle + 1, mark)
      const replacement = text.slice(middle + 1, end)
      at = end + 1
      const flags = /^[gpiIemM\d]*/.exec(text.slice(at))?.[0] ?? ''
      at += flags.length
      // With the flag the whole line runs: what it is made of is known only where the replacement makes it.
      if (command === 's' && flags.includes('e')) {
        if (replacement.includes('&') || /\\\d/.test(replacement)) shell.opaque('script', `sed s///e: ${replacement}`)
        else shell.nested(replacement.replace(/\\(.)/g, '$1'), call.state)
      }
      if (command === 's' && text[at] === 'w') {
        write(text.slice(at + 1, lineEnd()).trim())
        at = lineEnd()
      }
    } else if (command === 'e') {
      const source = text.slice(at, lineEnd()).trim()
      if (source === '') shell.opaque('script', 'sed e')
      else shell.nested(source, call.state)
      at = lineEnd()
    } else if (command === 'w' || command === 'W') {
      write(text.slice(at, lineEnd()).trim())
      at = lineEnd()
    } else if (command !== undefined && 'aicrRb:tT#'.includes(command)) at = lineEnd()
  }
}

// `1,/end/!`, `$`, `\,x,`, blanks, braces and semicolons before a command.
function skipAddresses(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const char = text[at] ?? ''
    if (/[\s;{},!~+\d$]/.test(char)) at += 1
    else if (char === '/') at = closing(text, at + 1, '/') + 1
    else if (char === '\\') at = closing(text, at + 2, text[at + 1] ?? '') + 1
    else if (char === 'I' || char === 'M') at += 1
    else break
  }
  return at
}

function closing(text: string, from: number, mark: string): number {
  let at = from
  let inClass = false
  while (at < text.length && (inClass || text[at] !== mark)) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '[' && mark !== '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '\n') inClass = false
    at += 1
  }
  return Math.min(at, text.length)
}
