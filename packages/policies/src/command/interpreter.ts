import { parse } from 'unbash'
import type { Argument } from './analysis.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

interface Language {
  /** Flags whose value, in the next word or glued on, is code. */
  readonly code: RegExp
  /** The first operand is code (`awk`). */
  readonly operand?: boolean
  /** Code may come on standard input. */
  readonly stdin?: boolean
}

const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [/^(python|pypy)[\d.]*$/, { code: /^-[bBdEhiIOqsSuvVx]*c(.*)$/s, stdin: true }],
  [/^(node|nodejs|bun|tsx)$/, { code: /^(?:-e|--eval|-p|-pe|--print)(?:=(.*))?$/s, stdin: true }],
  [/^deno$/, { code: /^eval()$/ }],
  [/^perl[\d.]*$/, { code: /^-[acdflnpstTuUvwWX0]*[eE](.*)$/s, stdin: true }],
  [/^ruby[\d.]*$/, { code: /^-[aclnpsSvwW]*e(.*)$/s, stdin: true }],
  [/^php[\d.]*$/, { code: /^-[rBRE](.*)$/s, stdin: true }],
  [/^lua[\d.]*$/, { code: /^-e(.*)$/s, stdin: true }],
  [/^osascript$/, { code: /^-e(.*)$/s, stdin: true }],
  [/^rscript$/, { code: /^-e(.*)$/s }],
  [/^[gmn]?awk$/, { code: /^(?:-e|--source)(?:=(.*))?$/s, operand: true }],
]

// Calls that hand a string to a shell, and calls that remove a folder with all it holds.
const SHELL_CALL =
  /\b(?:system|popen|exec[vlpe]{1,3}|execSync|exec|spawn[vlpe]{0,3}|spawnSync|execFileSync|execFile|check_call|check_output|call|run|Popen|getoutput|getstatusoutput|shell_exec|passthru|proc_open|do shell script|qx)(?:\s{0,8}\(\s{0,8}|\s{1,8}(?=["']))/g
// In these languages back quotes run what they hold; in others they make a text.
const BACKQUOTE = /`(?=[^`]{1,4096}`)/g
const REMOVE_CALL =
  /\b(?:rmtree|rm_rf|rm_r|rmSync|rmdirSync|removeSync|remove_dir_all|rimraf|remove_tree|rm)\s{0,8}\(?\s{0,8}/g
const STRING = /^(?:[rbuf]{0,2})(?:\[\s*)?(["'`])((?:\\[\s\S]|(?!\1)[^\\]){0,4096})\1/
const LIST = /^\[([^\]]{0,4096})\]/
const MAX_CODE = 65_536
const MAX_CALLS = 64

export function isInterpreter(program: string): boolean {
  return LANGUAGES.some(([name]) => name.test(program))
}

/** Looks into inline code for shell commands and recursive removals; what it cannot read is opaque. */
export function runInterpreter(program: string, call: Call, shell: Shell): void {
  const language = LANGUAGES.find(([name]) => name.test(program))?.[1]
  if (language === undefined) return
  for (const code of inlineCode(language, call)) {
    if (!code.known) shell.opaque(call.download ? 'remote_script' : 'code', code.text)
    readCode(code.text, { program, call }, shell)
  }
}

function inlineCode(language: Language, { argv, input }: Call): readonly Argument[] {
  const found: Argument[] = []
  let operands = 0
  for (let at = 1; at < argv.length; at += 1) {
    const word = argv[at]
    if (word === undefined) break
    const match = operands === 0 ? language.code.exec(word.text) : null
    if (match !== null) {
      if (match[1] !== undefined && match[1] !== '') found.push({ ...word, text: match[1] })
      else if (argv[at + 1] !== undefined) found.push(argv[(at += 1)] ?? literal(''))
    } else if (!word.text.startsWith('-') || word.text === '-') {
      if (language.operand === true && operands === 0 && found.length === 0) found.push(word)
      if (word.text !== '-') operands += 1
    }
  }
  if (language.stdin !== true || operands > 0 || found.length > 0) return found
  if (input.kind === 'text') return [literal(input.text)]
  return input.kind === 'unknown' ? [{ text: 'code from standard input', known: false, glob: false }] : []
}

function readCode(code: string, { program, call }: { program: string; call: Call }, shell: Shell): void {
  const text = code.slice(0, MAX_CODE)
  let calls = 0
  const starts = [...text.matchAll(SHELL_CALL)].map((match) => match.index + match[0].length)
  if (/^(perl|ruby|php)/.test(program)) starts.push(...[...text.matchAll(BACKQUOTE)].map((match) => match.index))
  for (const start of starts) {
    if ((calls += 1) > MAX_CALLS) break
    const rest = text.slice(start, start + 4200)
    const list = stringList(LIST.exec(rest)?.[1])
    if (list.length > 0) shell.dispatch({ ...call, argv: list.map(literal), input: { kind: 'none' } })
    else {
      const source = unescape(STRING.exec(rest)?.[2] ?? '')
      // A call of that name may take another kind of text (a regular expression's exec): no shell runs what it cannot parse.
      if (parse(source).errors === undefined) shell.nested(source, call.state)
    }
  }
  for (const match of text.matchAll(REMOVE_CALL)) {
    if ((calls += 1) > MAX_CALLS) break
    const start = match.index + match[0].length
    const path = STRING.exec(text.slice(start, start + 4200))?.[2]
    if (path === undefined) continue
    shell.use(
      pathUse({
        argument: literal(unescape(path)),
        state: call.state,
        access: 'remove',
        program: match[0].replace(/\W/g, ''),
        recursive: true,
      }),
    )
  }
}

function stringList(source: string | undefined): readonly string[] {
  if (source === undefined) return []
  return [...source.matchAll(/(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map((match) => unescape(match[2] ?? ''))
}

function unescape(text: string): string {
  return text.replace(/\\(["'`\\/])/g, '$1')
}
