import type { Argument } from './analysis.js'
import { parseOptions } from './options.js'
import type { Call } from './shell.js'
import { assign, type Flow, literal, same, UNKNOWN_VALUE } from './state.js'

const DOWNLOADERS = new Set([
  'curl',
  'wget',
  'fetch',
  'http',
  'https',
  'xh',
  'aria2c',
  'lynx',
  'nc',
  'ncat',
  'netcat',
  'socat',
  'gh',
])
// Print nothing when they do what they are asked to.
const SILENT = new Set([
  'mkdir',
  'rm',
  'rmdir',
  'cp',
  'mv',
  'touch',
  'chmod',
  'chown',
  'ln',
  'sleep',
  'kill',
  'wait',
  'test',
  '[',
])
const MAX_OUTPUT = 65_536

/** `printf -v name`: the variable has what would be printed. */
export function assignPrinted(call: Call): Flow {
  const [, , name, ...words] = call.argv
  const known = words.length > 0 && words.every((word) => word.known && !word.glob)
  const text = known ? format(words) : undefined
  return same(assign(call.state, name?.text ?? '', text === undefined ? UNKNOWN_VALUE : [literal(text)]), '')
}

/** What a program prints, where its words and input say so: `echo`, `printf`, `cat`, decoders. */
export function outputOf(program: string, call: Call): Flow {
  const out = print(program, call)
  const download = downloads(program, call) || (call.input.kind === 'unknown' && call.input.download)
  return { ...same(call.state, out !== undefined && out.length <= MAX_OUTPUT ? out : undefined), download }
}

function print(program: string, { argv, state, input }: Call): string | undefined {
  if (SILENT.has(program)) return ''
  if (program === 'pwd') return state.cwds?.length === 1 ? state.cwds[0] : undefined
  if (program === 'mktemp') return argv.length <= 2 ? '/tmp/tmp.XXXXXXXXXX' : undefined
  const words = argv.slice(1)
  if (!words.every((word) => word.known && !word.glob)) return undefined
  const text = input.kind === 'text' ? input.text : undefined
  const { flags, operands } = parseOptions(argv, { values: ['w', 'wrap'] })
  switch (program) {
    case 'echo':
      return echo(words)
    case 'printf':
      return format(words)
    case 'which':
    case 'command':
    case 'type':
      return program === 'command' && !flags.has('v') ? undefined : operands.at(-1)?.text
    case 'cat':
    case 'tee':
    case 'head':
    case 'tail':
      return program !== 'cat' || operands.every((word) => word.text === '-' || word.text === '/dev/stdin')
        ? text
        : undefined
    case 'rev':
      return text
        ?.split('\n')
        .map((line) => Array.from(line).reverse().join(''))
        .join('\n')
    case 'tr':
      return text === undefined ? undefined : translate(text, flags, operands)
    case 'base64':
      return flags.has('d') || flags.has('D') || flags.has('decode') ? decode(text, 'base64') : undefined
    case 'openssl':
      return operands.some((word) => word.text === 'base64') && argv.some((word) => word.text === '-d')
        ? decode(text, 'base64')
        : undefined
    case 'xxd':
      return flags.has('r') ? decode(text, 'hex') : undefined
    default:
      return undefined
  }
}

function decode(text: string | undefined, encoding: 'base64' | 'hex'): string | undefined {
  return text === undefined ? undefined : Buffer.from(text.replace(/\s+/g, ''), encoding).toString('utf8')
}

function echo(words: readonly Argument[]): string {
  let at = 0
  let escapes = false
  while (/^-[neE]+$/.test(words[at]?.text ?? '')) {
    escapes ||= words[at]?.text.includes('e') ?? false
    at += 1
  }
  const text = words
    .slice(at)
    .map((word) => word.text)
    .join(' ')
  return `${escapes ? unescape(text) : text}\n`
}

function format(words: readonly Argument[]): string | undefined {
  const [template, ...values] = words[0]?.text === '--' ? words.slice(1) : words
  if (template === undefined || template.text.startsWith('-v')) return undefined
  let used = 0
  const unknown: string[] = []
  let out = ''
  do {
    const before = used
    out += template.text.replace(/%(%|[-+ #0-9.]*[a-zA-Z])/g, (_, spec: string) => {
      if (spec === '%') return '%'
      const value = values[used]?.text ?? ''
      used += 1
      if (spec === 's' || spec === 'd' || spec === 'c') return spec === 'c' ? value.slice(0, 1) : value
      if (spec === 'b') return unescape(value)
      unknown.push(spec)
      return ''
    })
    if (used === before) break
  } while (used < values.length && out.length < MAX_OUTPUT)
  return unknown.length === 0 ? unescape(out) : undefined
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
}

function unescape(text: string): string {
  return text.replace(
    /\\(?:(?:x|u|U)([0-9A-Fa-f]{1,6})|0?([0-7]{1,3})|(.))/g,
    (whole, hex?: string, octal?: string, one?: string) => {
      if (hex !== undefined) return codePoint(parseInt(hex, 16))
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8))
      return ESCAPES[one ?? ''] ?? whole
    },
  )
}

function codePoint(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

function translate(
  text: string,
  flags: ReadonlyMap<string, string>,
  operands: readonly Argument[],
): string | undefined {
  const [from, to] = operands.map((word) => ranges(unescape(word.text)))
  if (from === undefined) return undefined
  const set = Array.from(from)
  if (flags.has('d'))
    return Array.from(text)
      .filter((char) => !set.includes(char))
      .join('')
  if (to === undefined || flags.size > 0) return undefined
  const target = Array.from(to)
  return Array.from(text)
    .map((char) => (set.includes(char) ? (target[set.indexOf(char)] ?? target.at(-1) ?? char) : char))
    .join('')
}

function ranges(text: string): string {
  const classes = text.replaceAll('[:upper:]', 'A-Z').replaceAll('[:lower:]', 'a-z')
  return classes.replace(/(.)-(.)/gs, (whole, from: string, to: string) => {
    const count = to.charCodeAt(0) - from.charCodeAt(0) + 1
    if (count < 1 || count > 256) return whole
    return Array.from({ length: count }, (_, index) => String.fromCharCode(from.charCodeAt(0) + index)).join('')
  })
}

/** True where a program prints what it gets from the network. */
function downloads(program: string, { argv }: Call): boolean {
  if (!DOWNLOADERS.has(program)) return false
  if (program === 'gh') return argv[1]?.text === 'api'
  const { flags } = parseOptions(argv, {
    values: ['o', 'output', 'O', 'output-document', 'H', 'header', 'X', 'd', 'data'],
  })
  const file = flags.get(program === 'wget' ? 'O' : 'o') ?? flags.get(program === 'wget' ? 'output-document' : 'output')
  const printed = file === '-' || file === '/dev/stdout' || file === '/proc/self/fd/1'
  if (program === 'wget') return printed
  if (program === 'curl' && argv.some((word) => word.text.startsWith('file:'))) return false
  return file === undefined
    ? !(program === 'curl' && argv.some((word) => /^-[a-zA-Z]*O$|^--remote-name/.test(word.text)))
    : printed
}
