import type { Argument } from './analysis.js'
import { noteVariable } from './environment.js'
import { parseOptions } from './options.js'
import { pathUse } from './path-use.js'
import { PROCESS_PATH, type Call, type Shell } from './shell.js'
import { descriptorInput, runInput } from './shell-program.js'
import { assign, changeFolder, type Flow, literal, same, UNKNOWN_VALUE, valueOf } from './state.js'

type Builtin = (call: Call, shell: Shell) => Flow

/** Commands that change the shell itself. */
export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', changeDirectory],
  ['pushd', changeDirectory],
  ['popd', ({ state }) => same({ ...state, cwds: undefined }, '')],
  ['export', declare],
  ['declare', declare],
  ['typeset', declare],
  ['local', declare],
  ['readonly', declare],
  ['read', readLine],
  ['mapfile', forgetOperands],
  ['getopts', forgetOperands],
  ['let', forgetOperands],
  ['readarray', forgetOperands],
  ['unset', unset],
  ['set', setOptions],
  ['shift', shift],
  ['eval', evaluate],
  ['source', source],
  ['.', source],
  ['trap', trap],
  ['alias', alias],
  ['hash', rememberPlace],
  ['exit', leave],
  ['return', leave],
  ['break', leave],
  ['continue', leave],
  ['true', ({ state }) => ({ ...same(state, ''), fail: undefined })],
  [':', ({ state }) => ({ ...same(state, ''), fail: undefined })],
  ['false', ({ state }) => ({ ...same(state, ''), ok: undefined })],
])

function changeDirectory({ argv, state }: Call): Flow {
  const [target = valueOf(state, 'HOME')[0] ?? literal('~')] = parseOptions(argv, { posix: true }).operands
  const unknown: Argument = { text: target.text, known: false, glob: false }
  const elsewhere = target.text === '-' || /^[+-]\d/.test(target.text) || state.variables.has('CDPATH')
  return {
    ok: changeFolder(state, elsewhere ? unknown : target),
    fail: state,
    out: '',
    download: false,
  }
}

function declare({ argv, state }: Call, shell: Shell): Flow {
  let next = state
  // A name for another variable: from here on an assignment changes a variable that it does not name.
  if (argv.some((word) => /^-[A-Za-z]*n/.test(word.text)) && argv[0]?.text !== 'export')
    shell.opaque('script', argv.map((word) => word.text).join(' '))
  const local =
    state.locals !== undefined &&
    /^(local|declare|typeset)$/.test(argv[0]?.text ?? '') &&
    !argv.some((word) => /^-[A-Za-z]*g/.test(word.text))
  for (const { text, known } of argv.slice(1)) {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    if (local && /^[A-Za-z_]\w*$/.test(name)) next = { ...next, locals: new Set(next.locals).add(name) }
    if (equals <= 0 || text.startsWith('-')) continue
    const value: Argument = { text: text.slice(equals + 1), known, glob: false }
    noteVariable(name, value, { state, shell })
    next = assign(next, name, known ? [value] : UNKNOWN_VALUE)
  }
  return same(next, '')
}

function readLine({ argv, state, input }: Call): Flow {
  const { flags, operands } = parseOptions(argv, { values: ['a', 'd', 'i', 'n', 'N', 'p', 't', 'u'] })
  const array = flags.get('a')
  const names = array === undefined ? operands.map((operand) => operand.text) : [array]
  if (names.length === 0) names.push('REPLY')
  const lines =
    input.kind === 'text' && !flags.has('u') && !flags.has('d') ? input.text.replace(/\n$/, '').split('\n') : []
  // The second line would be what the next `read` gets: only a single one is certain.
  const words = lines.length === 1 ? (lines[0]?.trim().split(/[ \t]+/) ?? []) : undefined
  let next = state
  names.forEach((name, index) => {
    const last = index === names.length - 1
    const text = last ? words?.slice(index).join(' ') : words?.[index]
    next = assign(next, name, words === undefined ? UNKNOWN_VALUE : [literal(text ?? '')])
  })
  return same(next, '')
}

function forgetOperands({ argv, state }: Call): Flow {
  let next = assign(state, 'MAPFILE', UNKNOWN_VALUE)
  for (const { text } of argv.slice(1)) if (/^[A-Za-z_]\w*$/.test(text)) next = assign(next, text, UNKNOWN_VALUE)
  return same(next, '')
}

function shift({ argv, state }: Call): Flow {
  const count = argv[1] === undefined ? 1 : argv[1].known ? Number(argv[1].text) : Number.NaN
  const positional = Number.isSafeInteger(count) && count >= 0 ? state.positional?.slice(count) : undefined
  return same({ ...state, positional }, '')
}

function unset({ argv, state }: Call): Flow {
  let next = state
  for (const { text } of argv.slice(1)) if (/^[A-Za-z_]\w*$/.test(text)) next = assign(next, text, [])
  const functions = new Map(next.functions)
  const aliases = new Map(next.aliases)
  for (const { text } of argv.slice(1)) if (argv[1]?.text === '-f') functions.delete(text)
  return same({ ...next, functions, aliases }, '')
}

function setOptions({ argv, state }: Call): Flow {
  let errexit = state.errexit
  for (let at = 1; at < argv.length; at += 1) {
    const text = argv[at]?.text ?? ''
    if (text === '--' || !/^[-+]/.test(text)) {
      const rest = argv.slice(text === '--' ? at + 1 : at)
      return same({ ...state, errexit, positional: rest.every((word) => word.known) ? rest : undefined }, '')
    }
    if (/^-[a-z]*e/.test(text)) errexit = true
    if (/^\+[a-z]*e/.test(text)) errexit = false
    if (/^[-+][a-z]*o$/.test(text)) {
      at += 1
      if (argv[at]?.text === 'errexit') errexit = text.startsWith('-')
    }
  }
  return same({ ...state, errexit }, '')
}

function evaluate(call: Call, shell: Shell): Flow {
  const words = call.argv.slice(1)
  const text = words.map((word) => word.text).join(' ')
  if (words.every((word) => word.known)) return shell.nested(text, call.state, call.input)
  shell.opaque(call.download ? 'remote_script' : 'script', text)
  return same(call.state)
}

function source(call: Call, shell: Shell): Flow {
  const file = call.argv[1]
  if (file === undefined) return same(call.state)
  if (file.text === PROCESS_PATH && call.process !== undefined) return runInput(call.process, call, shell)
  const input = descriptorInput(file, call)
  if (input?.kind === 'text') return shell.nested(input.text, call.state)
  if (input?.kind === 'unknown') shell.opaque(input.download ? 'remote_script' : 'script', file.text)
  const content = shell.files.read(call.state, file)
  if (content?.download === true) shell.runsDownload(file.text)
  else if (content?.text !== undefined)
    return shell.files.run(call.state, file, (text) => shell.nested(text, call.state)) ?? same(call.state)
  else if (content?.decoded === true) shell.opaque('script', file.text)
  shell.use(pathUse({ argument: file, state: call.state, access: 'read', program: 'source' }))
  return same(call.state)
}

function trap(call: Call, shell: Shell): Flow {
  const [handler] = parseOptions(call.argv).operands
  if (handler?.known === true) shell.nested(handler.text, call.state)
  else if (handler !== undefined) shell.opaque('script', handler.text)
  return same(call.state, '')
}

function alias({ argv, state }: Call, shell: Shell): Flow {
  const aliases = new Map(state.aliases)
  for (const { text, known } of argv.slice(1)) {
    const equals = text.indexOf('=')
    if (equals <= 0) continue
    const body = text.slice(equals + 1)
    if (known) shell.nested(body, state)
    else shell.opaque('script', text)
    if (known) aliases.set(text.slice(0, equals), body)
  }
  return same({ ...state, aliases }, '')
}

function leave(): Flow {
  return { ok: undefined, fail: undefined, out: '', download: false }
}

/** `hash -p /bin/rm name`: from now on the name starts that program. */
function rememberPlace({ argv, state }: Call): Flow {
  const { flags, operands } = parseOptions(argv, { values: ['p'] })
  const place = flags.get('p')
  const aliases = new Map(state.aliases)
  if (place !== undefined) for (const { text } of operands) aliases.set(text, place)
  return same({ ...state, aliases }, '')
}
