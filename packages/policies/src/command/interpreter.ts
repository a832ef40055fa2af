import type { Argument } from './analysis.js'
import { readAwk } from './awk.js'
import { readCode } from './code.js'
import { findHiddenCode } from './hidden-code.js'
import { PROCESS_PATH, type Call, type Shell } from './shell.js'
import { literal } from './state.js'

interface Language {
  readonly name: string
  /** Flags whose value, in the next word or glued on, is code. */
  readonly code: RegExp
  /** The first operand is code (`awk`). */
  readonly operand?: boolean
  /** Code may come on standard input. */
  readonly stdin?: boolean
  /** Flags whose value is the next word. */
  readonly values?: RegExp
}

const PERL = /^-[acdflnpstTuUvwWX0-9]*[eE](.*)$/s
const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [
    /^(python|pypy|ipython)[\d.]*$/,
    { name: 'python', code: /^-[bBdEhiIOqsSuvVx]*c(.*)$/s, stdin: true, values: /^-[WXQ]$/ },
  ],
  [
    /^(node|nodejs|bun|tsx|ts-node|qjs)$/,
    {
      name: 'javascript',
      code: /^(?:-e|--eval|-p|-pe|--print)(?:=(.*))?$/s,
      stdin: true,
      values: /^(-r|--require|--import|-C|--loader)$/,
    },
  ],
  [/^deno$/, { name: 'javascript', code: /^eval()$/, stdin: true }],
  [/^zx$/, { name: 'javascript', code: /^(?:-e|--eval)(?:=(.*))?$/s, stdin: true }],
  [/^perl[\d.]*$/, { name: 'perl', code: PERL, stdin: true }],
  [/^(ruby|jruby|irb)[\d.]*$/, { name: 'ruby', code: /^-[aclnpsSvwW]*e(.*)$/s, stdin: true }],
  [/^php[\d.]*$/, { name: 'php', code: /^-[rBRE](.*)$/s, stdin: true }],
  [/^lua(jit)?[\d.]*$/, { name: 'lua', code: /^-e(.*)$/s, stdin: true }],
  [/^osascript$/, { name: 'applescript', code: /^-e(.*)$/s, stdin: true }],
  [/^r(script)?$/, { name: 'r', code: /^-e(.*)$/s, stdin: true }],
  [/^julia$/, { name: 'julia', code: /^(?:-[eE]|--eval|--print)(?:=?(.*))$/s, stdin: true }],
  [/^(groovy|scala|kotlin)$/, { name: 'groovy', code: /^-e(.*)$/s }],
  [
    /^(jshell|ghci|guile|sbcl|irb|iex|elixir|erl)$/,
    { name: 'other', code: /^(?:-e|-c|--eval|-eval)(.*)$/s, stdin: true },
  ],
  [/^[gmn]?awk$/, { name: 'awk', code: /^(?:-e|--source)(?:=(.*))?$/s, operand: true, values: /^-[Fvfi]$/ }],
]

export function isInterpreter(program: string): boolean {
  return LANGUAGES.some(([name]) => name.test(program))
}

/** Looks into inline code for what it runs and which files it uses; what it cannot read is opaque. */
export function runInterpreter(program: string, call: Call, shell: Shell): void {
  const language = LANGUAGES.find(([name]) => name.test(program))?.[1]
  if (language === undefined) return
  for (const code of codeOf(language, call, shell)) {
    if (!code.known) shell.opaque(call.download ? 'remote_script' : 'code', code.text)
    readLanguage(code, { language: language.name, call }, shell)
  }
}

/** Reads the code of a file that the script itself has written. */
export function readWrittenCode(program: string, text: string, { call, shell }: { call: Call; shell: Shell }): void {
  const language = LANGUAGES.find(([name]) => name.test(program))?.[1]
  if (language !== undefined) readLanguage(literal(text), { language: language.name, call }, shell)
}

function readLanguage(code: Argument, place: { language: string; call: Call }, shell: Shell): void {
  shell.spend(code.text.length >> 6)
  if (place.language === 'awk') {
    readAwk(code.text, place.call, shell)
    return
  }
  readCode(code, place, shell)
  const hidden = findHiddenCode(code)
  for (const text of hidden.decoded) readCode(literal(text), place, shell)
  if (hidden.kind !== undefined) shell.opaque(hidden.kind, code.text)
}

function codeOf(language: Language, call: Call, shell: Shell): readonly Argument[] {
  const { argv, input } = call
  const found: Argument[] = []
  const operands: Argument[] = []
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at]
    if (word === undefined) break
    const match = operands.length === 0 ? language.code.exec(word.text) : null
    if (match !== null) {
      if (match[1] !== undefined && match[1] !== '') found.push({ ...word, text: match[1] })
      else if (argv[at + 1] !== undefined) found.push(argv[(at += 1)] ?? literal(''))
    } else if (operands.length === 0 && language.values?.test(word.text) === true) at += 1
    else if (!word.text.startsWith('-') || word.text === '-') {
      if (language.operand === true && operands.length === 0 && found.length === 0) found.push(word)
      operands.push(word)
    }
  }
  const [file] = operands
  if (found.length > 0 || language.stdin !== true) return found
  if (file === undefined || /^(-|\/dev\/stdin|\/dev\/fd\/0)$/.test(file.text)) {
    if (input.kind === 'text') return [literal(input.text)]
    if (input.kind !== 'unknown') return []
    if (input.download) shell.opaque('remote_script', argv.map((word) => word.text).join(' '))
    return [{ text: 'code from standard input', known: false, glob: false }]
  }
  if (file.text === PROCESS_PATH && call.process !== undefined) {
    const { out, download } = call.process
    if (out !== undefined) return [literal(out)]
    shell.opaque(download ? 'remote_script' : 'code', argv.map((word) => word.text).join(' '))
    return []
  }
  const content = shell.files.read(call.state, file)
  if (content?.download === true) shell.runsDownload(file.text)
  else if (content?.text !== undefined) return [literal(content.text)]
  else if (content?.decoded === true) shell.opaque('code', file.text)
  return []
}
