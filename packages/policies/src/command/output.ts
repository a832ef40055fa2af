import type { Argument } from './analysis.js'
import { optionValues } from './option-value.js'
import { parseOptions } from './options.js'
import { programName } from './program.js'
import type { FileContent } from './script-file.js'
import type { Call, Shell } from './shell.js'
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

/** True where a program turns an encoded text back into another. */
export function decodes(argv: readonly Argument[]): boolean {
  const program = programName(argv[0]?.text ?? '')
  const flag = (pattern: RegExp): boolean => argv.some((word) => pattern.test(word.text))
  if (/^(base(64|32|16|nc)|basenc|openssl|gpg2?|age)$/.test(program)) return flag(/^-[a-zA-Z]*[dD]|^--d(ecode|ecrypt)?/)
  if (program === 'xxd') return flag(/^-[a-z]*r/)
  return /^(uudecode|zcat|gunzip|bzcat|xzcat|zstdcat|unxz|bunzip2|rev)$/.test(program)
}

/** What a program prints, where its words and input say so: `echo`, `printf`, `cat`, decoders. */
export function outputOf(program: string, call: Call, shell: Shell): Flow {
  const file = printsFile(program, call, shell)
  const out = file === undefined ? print(program, call) : file.text
  const download =
    file?.download === true || downloads(program, call) || (call.input.kind === 'unknown' && call.input.download)
  return { ...same(call.state, out !== undefined && out.length <= MAX_OUTPUT ? out : undefined), download }
}

/** `cat f`, where the script itself has written the file. */
function printsFile(program: string, call: Call, shell: Shell): FileContent | undefined {
  if (!/^(cat|tac|head|tail|tee|strings|bat)$/.test(program)) return undefined
  const [file, second] = parseOptions(call.argv, { values: ['n', 'c'] }).operands
  return file === undefined || second !== undefined ? undefined : shell.files.read(call.state, file)
}

// What they print sets up the shell that evaluates it, and nothing else.
const SETS_UP =
  /^(?:ssh-agent(?: -[sck])*|(?:direnv|zoxide|starship|rbenv|pyenv|nodenv|jenv|goenv|mise|fnm|opam|thefuck|atuin|asdf)(?: hook| init| env| activate)(?: [\w=/-]+)*|(?:\S*\/)?brew shellenv(?: \w+)?|dircolors(?: -b)?|minikube(?: -p \w+)? docker-env)$/

function print(program: string, { argv, state, input }: Call): string | undefined {
  if (SILENT.has(program)) return ''
  if (program === 'pwd') return state.cwds?.length === 1 ? state.cwds[0] : undefined
  if (program === 'mktemp') return argv.length <= 2 ? '/tmp/tmp.XXXXXXXXXX' : undefined
  const words = argv.slice(1)
  if (words.length < 5 && SETS_UP.test([program, ...words.map((word) => word.text)].join(' '))) return ''
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
    out += unescape(template.text, 3).replace(/%(%|[-+ #0-9.]*[a-zA-Z])/g, (_, spec: string) => {
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
  return unknown.length === 0 ? out : undefined
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

/** Escapes as `echo -e` and `%b` read them, with up to three digits behind a zero; a format takes `octal` digits in all. */
function unescape(text: string, octal = 4): string {
  return text.replace(
    /\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,4})|(.))/g,
    (whole, hex?: string, short?: string, long?: string, digits?: string, one?: string) => {
      const code = hex ?? short ?? long
      if (code !== undefined) return codePoint(parseInt(code, 16))
      if (digits !== undefined) {
        const length = octal === 4 && !digits.startsWith('0') ? 3 : octal
        return String.fromCharCode(parseInt(digits.slice(0, length), 8) & 0xff) + digits.slice(length)
      }
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
  const words = argv.slice(1)
  if (program === 'gh') return argv[1]?.text === 'api'
  if (/^(http|https|xh)$/.test(program) && words.some((word) => /^(--offline|--download|-d)$/.test(word.text)))
    return false
  const wget = program === 'wget'
  const [file] = optionValues(argv, wget ? { short: 'O', long: ['output-document'] } : { short: 'o', long: ['output'] })
  const printed = /^(-|\/dev\/stdout|\/dev\/fd\/1|\/proc\/self\/fd\/1)$/.test(file?.text ?? '')
  if (wget) return printed
  if (program === 'curl' && words.some((word) => /^file:/i.test(word.text))) return false
  return file === undefined
    ? !(program === 'curl' && words.some((word) => /^-[a-zA-Z]*O[a-zA-Z]*$|^--remote-name/.test(word.text)))
    : printed
}
