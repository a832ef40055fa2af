import type { Argument, PathAccess } from './analysis.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { programName } from './program.js'
import { isShell } from './shell-program.js'
import { type Flow, literal, same } from './state.js'

const EXEC = new Set(['-exec', '-execdir', '-ok', '-okdir'])
const FILES = new Set(['-fprint', '-fprint0', '-fprintf', '-fls'])
// Conditions that pick only some of what lies below a folder; `-type f` alone spares nothing worth keeping.
const FILTERS =
  /^-(i?name|i?path|i?wholename|i?regex|i?lname|[acm](time|min)|newer\w*|size|empty|user|group|perm|inum|links|samefile|uid|gid|nouser|nogroup)$/
const STARTS_EARLY = new Set(['-H', '-L', '-P', '-D', '-O'])

const EACH: ReadonlyMap<string, PathAccess> = new Map([
  ...['rm', 'unlink', 'shred', 'srm', 'rmdir'].map((name) => [name, 'remove'] as const),
  ...['chmod', 'chown', 'chgrp', 'setfacl', 'chattr'].map((name) => [name, 'mode'] as const),
])

/** `find`: what it deletes, writes and starts. */
export function runFind(call: Call, shell: Shell): Flow {
  const { argv, state } = call
  let at = 1
  while (
    argv[at] !== undefined &&
    STARTS_EARLY.has((argv[at]?.text ?? '').slice(0, 2)) &&
    (argv[at]?.text ?? '').length <= 3
  )
    at += 1
  const roots: Argument[] = []
  for (; at < argv.length; at += 1) {
    const word = argv[at]
    if (word === undefined || /^[-(!]/.test(word.text)) break
    roots.push(word)
  }
  if (roots.length === 0) roots.push(literal('.'))
  const expression = argv.slice(at)
  const filtered = expression.some(
    (word, index) => FILTERS.test(word.text) && !/^\*+(\.\*)?$/.test(expression[index + 1]?.text ?? ''),
  )
  for (const root of roots) shell.use(pathUse({ argument: root, state, access: 'read', program: 'find' }))
  let end = -1
  expression.forEach((word, index) => {
    const next = expression[index + 1]
    // What `-exec` starts is no part of the expression.
    if (index < end) return
    if (word.text === '-delete') removeRoots(shell)
    else if (FILES.has(word.text) && next !== undefined)
      shell.use(pathUse({ argument: next, state, access: 'write', program: 'find' }))
    else if (EXEC.has(word.text)) {
      end = expression.findIndex((one, place) => place > index && (one.text === ';' || one.text === '+'))
      const inner = expression.slice(index + 1, end < 0 ? undefined : end)
      if (end < 0) end = expression.length
      // What is found lies below a root: with a condition some name below it, without one the root itself too.
      for (const root of roots)
        start(
          substitute(
            inner,
            '{}',
            filtered ? { ...root, text: `${root.text}/${wantedName(expression) ?? '{}'}` } : root,
          ),
        )
    }
  })
  return same(state)

  function start(inner: readonly Argument[]): void {
    if (inner.length > 0) shell.dispatch({ ...call, argv: inner, input: { kind: 'none' } })
    // One file at a time, everything below is affected all the same.
    const access = EACH.get(programName(inner.find((word) => !/^(sudo|env|nice)$/.test(word.text))?.text ?? ''))
    if (access === undefined || !inner.some((word) => roots.some((root) => word.text.startsWith(root.text)))) return
    for (const root of roots)
      shell.use(pathUse({ argument: root, state, access, program: 'find', recursive: true, filtered }))
  }

  function removeRoots(target: Shell): void {
    for (const root of roots)
      target.use(pathUse({ argument: root, state, access: 'remove', program: 'find', recursive: true, filtered }))
  }
}

/** The one name that a condition asks for, where it is plain. */
function wantedName(expression: readonly Argument[]): string | undefined {
  const at = expression.findIndex((word) => word.text === '-name' || word.text === '-iname')
  const name = at < 0 ? undefined : expression[at + 1]
  return name?.known === true && /^[\w.-]+$/.test(name.text) ? name.text : undefined
}

/** `xargs`: the program it starts, with the words that its input holds. */
export function runXargs(call: Call, shell: Shell): Flow {
  const values = [
    'I',
    'n',
    'P',
    'L',
    'd',
    'E',
    's',
    'a',
    'max-args',
    'max-procs',
    'replace',
    'arg-file',
    'delimiter',
    'max-lines',
    'max-chars',
    'process-slot-var',
    'S',
    'R',
    'J',
  ]
  const { flags, operands } = parseOptions(call.argv, { values, posix: true })
  if (operands.length === 0) return same(call.state)
  const text = call.input.kind === 'text' && !flags.has('a') && !flags.has('arg-file') ? call.input.text : undefined
  const replace = flags.get('I') ?? flags.get('J') ?? (flags.has('i') ? '{}' : flags.get('replace'))
  const mark = replace === '' ? '{}' : replace
  if (isCodeFromInput(operands, mark)) shell.opaque('script', call.argv.map((word) => word.text).join(' '))
  const words = text?.split(separator(flags, mark !== undefined)).filter((word) => word !== '')
  const input: readonly Argument[] =
    words === undefined || words.length > 256
      ? [{ text: '(names from standard input)', known: false, glob: false }]
      : words.map((word) => literal(word.replace(/^(["'])(.*)\1$/, '$2')))
  if (mark !== undefined) {
    for (const one of input) shell.dispatch({ ...call, argv: substitute(operands, mark, one), input: { kind: 'none' } })
    return same(call.state)
  }
  shell.dispatch({ ...call, argv: [...operands, ...input], input: { kind: 'none' } })
  return same(call.state)
}

function separator(flags: ReadonlyMap<string, string>, lines: boolean): RegExp | string {
  if (flags.has('0') || flags.has('null')) return '\0'
  const delimiter = flags.get('d') ?? flags.get('delimiter')
  if (delimiter !== undefined) return delimiter.replace('\\n', '\n').replace('\\0', '\0') || '\0'
  return lines ? '\n' : /[\s\0]+/
}

/** `xargs sh -c`, `xargs -I{} sh -c {}`: what comes in is run as a script. */
function isCodeFromInput(operands: readonly Argument[], mark: string | undefined): boolean {
  const at = operands.findIndex((word, index) => index < 4 && isShell(programName(word.text)))
  if (at < 0) return false
  const flag = operands.findIndex((word, index) => index > at && /^-[a-z]*c$/.test(word.text))
  const script = operands[flag + 1]?.text
  return (
    flag >= 0 &&
    (script === undefined || (mark !== undefined && script.trim() === mark) || /\beval\b|^\s*"?\$[@*1-9]/.test(script))
  )
}

/** GNU `parallel`: the command before `:::`, once with the words behind it. */
export function runParallel(call: Call, shell: Shell): Flow {
  const { operands } = parseOptions(call.argv, {
    values: ['j', 'jobs', 'a', 'arg-file', 'N', 'n', 'S', 'sshlogin'],
    posix: true,
  })
  const split = operands.findIndex((word) => word.text.startsWith(':::'))
  const template = split < 0 ? operands : operands.slice(0, split)
  const inputs =
    split < 0 ? [{ text: '(names from standard input)', known: false, glob: false }] : operands.slice(split + 1)
  if (template.length === 0) {
    // Without a command, each input is a command line.
    for (const input of inputs) runText([input])
    return same(call.state)
  }
  for (const input of inputs) {
    const holds = template.some((word) => word.text.includes('{}'))
    runText(holds ? substitute(template, '{}', input) : [...template, input])
  }
  return same(call.state)

  function runText(words: readonly Argument[]): void {
    const source = words.map((word) => word.text).join(' ')
    if (words.every((word) => word.known)) shell.nested(source, call.state)
    else shell.dispatch({ ...call, argv: words, input: { kind: 'none' } })
  }
}

function substitute(words: readonly Argument[], mark: string, by: Argument): readonly Argument[] {
  return words.map((word) =>
    word.text.includes(mark)
      ? // In a script an unknown name is a word of it, unless it stands where the program belongs.
        !by.known && word.text !== mark && /\s/.test(word.text)
        ? { ...word, text: word.text.replaceAll(mark, '"$UNKNOWN"') }
        : { text: word.text.replaceAll(mark, () => by.text), known: word.known && by.known, glob: word.glob || by.glob }
      : word,
  )
}
