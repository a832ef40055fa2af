import { parse } from 'unbash'
import type { Argument, PathAccess } from './analysis.js'
import { type CodeValue, readArguments } from './code-literal.js'
import { pathUse } from './path-use.js'
import type { Call, Shell } from './shell.js'
import { literal } from './state.js'

/** Where code of another language stands. */
export interface CodePlace {
  readonly language: string
  readonly call: Call
}

// Calls that start a program or hand a text to a shell. The first group are names that mean nothing else.
const STARTS =
  /(\bos\.(?:system|popen|exec[lv]\w*|spawn\w*|posix_spawnp?|execute)|\bsubprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)|\bio\.popen|\b(?:pty|pexpect)\.(?:spawn|run)|\b(?:system|popen|execSync|spawnSync|execFileSync|shell_exec|passthru|proc_open|pcntl_exec|getoutput|getstatusoutput|check_call|check_output|Popen|create_subprocess_shell|shell-command(?:-to-string)?|call-process|start-process|systemlist|jobstart|termopen|system2))|\b(?:exec[vlpe]{0,3}|execFile|spawn[vlpe]{0,3}|call|run|fork|execa|execaCommand|capture[23]e?|Command|do shell script|execute|startProcess)(?=\s{0,8}[("'[])/g
// In these languages back quotes run what they hold; in others they make a text.
const BACKQUOTED = /^(?:perl|ruby|php|julia)/
const QUOTED_RUN =
  /`([^`]{1,4096})`|(?:\bqx|%x)\s*(?:\{([^}]{1,4096})\}|\(([^)]{1,4096})\)|\[([^\]]{1,4096})\]|\/([^/]{1,4096})\/|\|([^|]{1,4096})\|)|\$`([^`]{1,4096})`/g
const PIPED_OPEN =
  /\bopen\s*\(?[^"';]{0,64}["']\s*(?:\|\s*([^"']+?)|([^"'|]+?)\s*\|)\s*["']|["']-\|["']\s*,\s*["']([^"']+)["']/g
const GROOVY = /(["'])((?:(?!\1).){1,1024})\1\.execute\(\)/g
const REMOVES_TREE =
  /\b(?:rmtree|rm_rf|rm_r|rmSync|rmdirSync|removeSync|remove_dir_all|rimraf|remove_tree|rm|emptyDirSync|removedirs|delete-directory)\s{0,8}\(?\s{0,8}(?=["'`r(])/g
const REMOVES =
  /\b(?:os\.(?:remove|unlink|rmdir)|unlink(?:Sync)?|File\.(?:delete|unlink)|FileUtils\.rm(?:_f)?|delete-file|Deno\.remove(?:Sync)?|fs\.unlink)\s{0,8}\(?\s{0,8}/g
const PATH_METHOD =
  /\bPath\(\s{0,8}(["'])([^"']{1,1024})\1\s{0,8}\)\.(unlink|rmdir|write_text|write_bytes|touch|chmod|rename|replace|read_text|read_bytes|open)\b/g
const WRITES =
  /\b(?:writeFile(?:Sync)?|appendFile(?:Sync)?|createWriteStream|truncateSync|writeTextFile(?:Sync)?|File\.write|file_put_contents|Bun\.write|outputFileSync)\s{0,8}\(?\s{0,8}/g
const OPENS = /(?<![.\w])(?:open|io\.open|File\.(?:open|new)|fopen)\s{0,8}\(?\s{0,8}/g
const READS =
  /\b(?:readFile(?:Sync)?|createReadStream|File\.(?:read|readlines)|file_get_contents|readTextFile(?:Sync)?|IO\.read|readlines?|slurp)\s{0,8}\(\s{0,8}/g
const MOVES =
  /\b(?:os\.(?:rename|replace|link|symlink)|shutil\.(?:move|copy\w*)|renameSync|copyFileSync|symlinkSync|linkSync|cpSync|FileUtils\.(?:mv|cp|cp_r|ln_s))\s{0,8}\(?\s{0,8}/g

const MAX_CODE = 65_536
const MAX_CALLS = 64

/** Looks into code of another language for shell commands and for files that it removes, writes or reads. */
export function readCode(code: Argument, place: CodePlace, shell: Shell): void {
  const reader = new CodeReader(code.text.slice(0, MAX_CODE), place, shell)
  reader.starts()
  reader.files()
}

class CodeReader {
  readonly #text: string
  readonly #place: CodePlace
  readonly #shell: Shell
  #calls = 0

  constructor(text: string, place: CodePlace, shell: Shell) {
    this.#text = text
    this.#place = place
    this.#shell = shell
  }

  starts(): void {
    const text = this.#text
    this.#each(STARTS, (match) => {
      const strict = match[1] !== undefined
      const open =
        /^\s*\(?\s*/.exec(text.slice(match.index + match[0].length, match.index + match[0].length + 16))?.[0] ?? ''
      this.#start(
        match[0],
        readArguments(text, match.index + match[0].length + open.length),
        strict && open.includes('('),
      )
    })
    if (BACKQUOTED.test(this.#place.language) || text.includes('$`'))
      this.#each(QUOTED_RUN, (match) => {
        if (match[7] !== undefined || BACKQUOTED.test(this.#place.language))
          this.#script(match.slice(1).find(Boolean) ?? '')
      })
    this.#each(PIPED_OPEN, (match) => {
      this.#script(match[1] ?? match[2] ?? match[3] ?? '')
    })
    this.#each(GROOVY, (match) => {
      this.#script(match[2] ?? '')
    })
    // Nobody means shell commands as code of another language, but a slip may run them.
    if (/^\s*(?:sudo\s+)?(?:rm|dd|mkfs[.\w]*|shred|git)\s+-?\w/.test(text)) this.#script(text)
  }

  files(): void {
    this.#each(REMOVES_TREE, (match) => {
      this.#use(match, 0, 'remove', true)
    })
    this.#each(REMOVES, (match) => {
      this.#use(match, 0, 'remove')
    })
    this.#each(WRITES, (match) => {
      this.#use(match, 0, 'write')
    })
    this.#each(READS, (match) => {
      this.#use(match, 0, 'read')
    })
    this.#each(OPENS, (match) => {
      const [, mode] = readArguments(this.#text, match.index + match[0].length)
      const writes = mode?.kind === 'text' && mode.known && /^(?:[wax]b?\+?|r\+|>{1,2})/.test(mode.text)
      this.#use(match, 0, writes ? 'write' : 'read')
    })
    this.#each(MOVES, (match) => {
      this.#use(match, 0, /rename|replace|move|mv/.test(match[0]) ? 'move' : 'read')
      this.#use(match, 1, 'write')
    })
    this.#each(PATH_METHOD, (match) => {
      const verb = match[3] ?? ''
      const access: PathAccess = /^(unlink|rmdir)$/.test(verb) ? 'remove' : /^(read|open)/.test(verb) ? 'read' : 'write'
      this.#path(literal(match[2] ?? ''), access, verb)
    })
  }

  #each(pattern: RegExp, visit: (match: RegExpExecArray) => void): void {
    for (const match of this.#text.matchAll(pattern)) {
      if ((this.#calls += 1) > MAX_CALLS) return
      visit(match)
    }
  }

  #start(name: string, values: readonly CodeValue[], strict: boolean): void {
    const [first, second] = values
    if (first === undefined) return
    if (first.kind === 'list') {
      this.#command(first.items)
      return
    }
    if (!first.known) {
      if (strict) this.#shell.opaque('code', `${name}(${first.text})`)
      return
    }
    // `execl(path, name, ...)`, `execvp(path, [name, ...])`, `spawn(path, [word, ...])`.
    const named = /\b(?:exec[lv]\w*|spawn[lv]\w+|posix_spawnp?)$/.test(name)
    const rest = values.slice(1).filter((value) => value.kind === 'list' || value.known)
    const words = rest.flatMap((value) =>
      value.kind === 'list' ? value.items : [{ text: value.text, known: value.known, glob: false }],
    )
    if (words.length > 0 && (second?.kind === 'list' || rest[0] === second))
      this.#command([literal(first.text), ...(named ? words.slice(1) : words)])
    else this.#script(first.text)
  }

  #command(words: readonly Argument[]): void {
    const { call } = this.#place
    if (words.length > 0) this.#shell.dispatch({ ...call, argv: words, input: { kind: 'none' } })
  }

  #script(source: string): void {
    // A call of that name may take another kind of text (a regular expression's exec): no shell runs what it cannot parse.
    if (source.trim() !== '' && parse(source).errors === undefined) this.#shell.nested(source, this.#place.call.state)
  }

  #use(match: RegExpExecArray, index: number, access: PathAccess, recursive = false): void {
    const value = readArguments(this.#text, match.index + match[0].length)[index]
    const name = match[0].replace(/[\s("'`]+$/, '').replace(/^.*[.]/, '')
    if (value?.kind === 'text' && value.known && value.text !== '')
      this.#path(literal(value.text), access, name, recursive)
  }

  #path({ text }: Argument, access: PathAccess, program: string, recursive = false): void {
    const { state } = this.#place.call
    const home = state.home ?? '~'
    const path = text.startsWith('~/') ? home + text.slice(1) : text
    if (path.length < 1024 && !path.includes('\n') && !/^\w+:\/\//.test(path))
      this.#shell.use(pathUse({ argument: literal(path), state, access, program, recursive }))
  }
}
