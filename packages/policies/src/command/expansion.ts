import {
  parse,
  type ParsedScript,
  type ProcessSubstitutionPart,
  type SyntaxNode,
  type Word,
  type WordPart,
} from 'unbash'
import type { Argument } from './analysis.js'
import { expandBraces } from './brace.js'
import { expandParameter, type ExpansionContext, joined } from './parameter.js'
import { type ShellState, valueOf } from './state.js'

/** Walks a script inside a word and says what it prints, where that is known. */
export interface SubstitutionVisitor {
  substitute(script: ParsedScript | undefined, state: ShellState): string | undefined
  /** Walks `<(...)` and `>(...)`: the text is the name of a pipe. */
  process(part: ProcessSubstitutionPart, state: ShellState): void
  /** Walks the scripts inside an expression. */
  visit(node: SyntaxNode, state: ShellState): void
  /** Counts work; throws when a script asks for too much of it. */
  spend(units: number): void
}

// Scanning for braces is quadratic in the worst case, so longer words are taken as unknown.
const MAX_BRACE_WORD = 512
const MAX_WORD = 65_536

/** Expands words as the shell would, from left to right, and keeps the state that `${x:=y}` changes. */
export class Expansion implements ExpansionContext {
  state: ShellState
  readonly #visitor: SubstitutionVisitor

  constructor(state: ShellState, visitor: SubstitutionVisitor) {
    this.state = state
    this.#visitor = visitor
  }

  /** The fields one word becomes: none for an empty variable, several for braces, `$@` and split text. */
  expand(word: Word): readonly Argument[] {
    this.#visitor.spend(1)
    const parts = word.parts
    if (parts === undefined) return [{ text: this.#tilde(word.text, word.value), known: true, glob: false }]
    if (parts.some((part) => part.type === 'BraceExpansion')) return this.#braces(word)
    const fields = new Fields(separators(this.state))
    parts.forEach((part, index) => {
      this.#add(part, fields, index === 0)
    })
    const expanded = fields.finish()
    this.#visitor.spend(Math.max(0, expanded.length - 1))
    return expanded
  }

  /** One word where the shell does not split: an assigned value, a redirection target, a here-string. */
  expandOne(word: Word): Argument {
    const quoted = this.expand(word)
    return joined(quoted) ?? { text: '', known: true, glob: false }
  }

  #braces(word: Word): readonly Argument[] {
    const texts = word.text.length > MAX_BRACE_WORD ? undefined : expandBraces(word.text)
    if (texts === undefined) return [{ text: word.text, known: false, glob: false }]
    return texts.flatMap((text) => {
      const command = parse(`: ${text}`).commands[0]?.command
      const args = command?.type === 'Command' ? command.args : []
      return args.flatMap((argument) => {
        if (argument.type !== 'Word') return [{ text: argument.text, known: false, glob: false }]
        // A group that bash leaves as it is ({a}) stays a brace part: take its text.
        if (argument.parts?.some((part) => part.type === 'BraceExpansion') === true)
          return [{ text: argument.value, known: true, glob: false }]
        return this.expand(argument)
      })
    })
  }

  #add(part: WordPart, fields: Fields, leading: boolean): void {
    switch (part.type) {
      case 'Literal':
        fields.append(leading ? this.#tilde(part.text, part.value) : part.value)
        break
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        fields.quoted()
        fields.append(part.value)
        break
      case 'DoubleQuoted':
      case 'LocaleString':
        fields.quoted()
        for (const child of part.parts) this.#addQuoted(child, fields)
        break
      case 'Glob':
      case 'ExtendedGlob':
        fields.append(part.text, { glob: true })
        break
      case 'SimpleExpansion':
      case 'ParameterExpansion':
        expandParameter(part, this).forEach((value, index) => {
          if (index > 0) fields.split()
          fields.appendSplit(value)
        })
        break
      case 'CommandExpansion': {
        const output = this.#visitor.substitute(part.script, this.state)
        if (output === undefined) fields.append(part.text, { known: false })
        else fields.appendSplit({ text: output, known: true, glob: false })
        break
      }
      case 'ArithmeticExpansion':
        this.#visitor.visit(part, this.state)
        fields.append('0')
        break
      case 'ProcessSubstitution':
        this.#visitor.process(part, this.state)
        fields.append('/dev/fd/63')
        break
      default:
        fields.append(part.text, { known: false })
    }
  }

  #addQuoted(part: WordPart, fields: Fields): void {
    if (part.type === 'SimpleExpansion' || part.type === 'ParameterExpansion') {
      expandParameter(part, this).forEach((value, index) => {
        if (index > 0) fields.split()
        fields.append(value.text, value)
      })
    } else if (part.type === 'CommandExpansion') {
      const output = this.#visitor.substitute(part.script, this.state)
      fields.append(output ?? part.text, { known: output !== undefined })
    } else this.#add(part, fields, false)
  }

  // Only an unquoted, unescaped tilde at the start of a word is a folder.
  #tilde(source: string, value: string): string {
    if (!source.startsWith('~')) return value
    const end = value.indexOf('/')
    const user = value.slice(1, end < 0 ? undefined : end)
    const rest = end < 0 ? '' : value.slice(end)
    if (user === '') {
      const [home] = valueOf(this.state, 'HOME')
      // An unknown home may be any folder: the root stands for it, since nothing may be done there.
      return (home?.known === true ? home.text : '/') + rest
    }
    if (user === '+') return (this.state.cwds?.[0] ?? '~+') + rest
    if (!/^[\w.-]+$/.test(user)) return value
    return (user === 'root' ? '/root' : `/home/${user}`) + rest
  }
}

const BLANK = /[ \t\n]+/

function separators(state: ShellState): RegExp | undefined {
  const ifs = state.variables.get('IFS')?.[0]
  if (ifs?.known !== true) return BLANK
  return ifs.text === '' ? undefined : new RegExp(`[${ifs.text.replace(/[\\\]^-]/g, '\\$&')}]+`)
}

/** The fields of one word while it is put together. */
class Fields {
  readonly #done: Argument[] = []
  #text = ''
  #known = true
  #glob = false
  #started = false
  readonly #separators: RegExp | undefined

  constructor(separators: RegExp | undefined) {
    this.#separators = separators
  }

  quoted(): void {
    this.#started = true
  }

  append(text: string, { known = true, glob = false }: { known?: boolean; glob?: boolean } = {}): void {
    const fits = this.#text.length + text.length <= MAX_WORD
    if (fits) this.#text += text
    this.#known &&= known && fits
    this.#glob ||= glob
    this.#started ||= text !== '' || !known
  }

  /** Unquoted text from an expansion: white space ends a field. */
  appendSplit({ text, known, glob }: Argument): void {
    if (!known) {
      this.append(text, { known })
      return
    }
    const pieces = this.#separators === undefined ? [text] : text.split(this.#separators)
    pieces.forEach((piece, index) => {
      if (index > 0) this.split()
      this.append(piece, { glob: glob || /[*?[]/.test(piece) })
    })
  }

  split(): void {
    if (this.#started) this.#done.push({ text: this.#text, known: this.#known, glob: this.#glob })
    this.#text = ''
    this.#known = true
    this.#glob = false
    this.#started = false
  }

  finish(): readonly Argument[] {
    this.split()
    return this.#done
  }
}
