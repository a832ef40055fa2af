import { isAbsolute, posix } from 'node:path'
import type { Argument } from './analysis.js'
import type { ShellState } from './state.js'

/** What a script has put into a file before it uses it. */
export interface FileContent {
  /** Undefined: not known. */
  readonly text: string | undefined
  /** It came, wholly or in part, from the network. */
  readonly download: boolean
  /** It is what a decoder made of something else. */
  readonly decoded: boolean
  /** The program that it is a copy of, or a link to. */
  readonly program?: string
}

const MAX_FILES = 256
const MAX_TEXT = 65_536

/** The files that a script writes, by their spelled-out path, with what they hold at this place of it. */
export class ScriptFiles {
  readonly #files = new Map<string, FileContent>()
  readonly #links = new Map<string, string>()

  read(state: ShellState, { text, known }: Argument): FileContent | undefined {
    return known && this.#files.size > 0 ? this.#files.get(keyOf(state, text)) : undefined
  }

  write(state: ShellState, { text, known, glob }: Argument, content: FileContent, append = false): void {
    if (!known || glob) return
    const key = keyOf(state, text)
    const before = this.#files.get(key)
    if (before === undefined && this.#files.size >= MAX_FILES) return
    if (!append) this.#files.set(key, content)
    else {
      const both = before?.text !== undefined && content.text !== undefined ? before.text + content.text : undefined
      this.#files.set(key, {
        text: both === undefined || both.length > MAX_TEXT ? undefined : both,
        download: content.download || (before?.download ?? false),
        decoded: content.decoded || (before?.decoded ?? false),
      })
    }
  }

  /** Calls `run` with what a file holds; meanwhile the file is taken as unknown, so that one that runs itself ends. */
  run<T>(state: ShellState, file: Argument, run: (text: string) => T): T | undefined {
    const content = this.read(state, file)
    if (content?.text === undefined) return undefined
    this.remove(state, file)
    const result = run(content.text)
    if (this.read(state, file) === undefined) this.write(state, file, content)
    return result
  }

  /** Remembers a symbolic link, under which its target is reached from now on. */
  link(state: ShellState, target: Argument, name: Argument): void {
    if (!target.known || !name.known || target.glob || name.glob || this.#links.size >= MAX_FILES) return
    const place = keyOf(state, name.text)
    const real = isAbsolute(target.text) ? posix.normalize(target.text) : posix.join(posix.dirname(place), target.text)
    if (real !== place) this.#links.set(place, real)
  }

  /** Where a path leads through the links that the script has made; undefined where it passes none. */
  follow(path: string): string | undefined {
    if (this.#links.size === 0) return undefined
    let current = posix.normalize(path)
    for (let times = 0; times < 8; times += 1) {
      const found = [...this.#links].find(
        ([name]) => current === name || current === `${name}/` || current.startsWith(`${name}/`),
      )
      if (found === undefined) break
      current = posix.normalize(found[1] + current.slice(found[0].length))
    }
    return current === posix.normalize(path) ? undefined : current
  }

  copy(state: ShellState, from: Argument, to: Argument): void {
    const content = this.read(state, from) ?? programFile(from)
    if (content !== undefined) this.write(state, to, content)
  }

  remove(state: ShellState, { text }: Argument): void {
    if (this.#files.size > 0) this.#files.delete(keyOf(state, text))
  }
}

// `/bin/rm`, and what `which rm` prints: a copy of it is the program under another name.
function programFile({ text, known }: Argument): FileContent | undefined {
  const name = /^(?:\/(?:usr\/(?:local\/)?|opt\/\w+\/)?s?bin\/)?([\w.+-]+)$/.exec(text)?.[1]
  return known && name !== undefined ? { text: undefined, download: false, decoded: false, program: name } : undefined
}

function keyOf(state: ShellState, text: string): string {
  return posix.normalize(isAbsolute(text) ? text : `${state.cwds?.[0] ?? '?'}/${text}`)
}
