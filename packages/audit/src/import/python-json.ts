/**
 * JSON as Python's `json` reads and writes it, as far as a hash over its text needs: numbers keep the digits that they were
 * written with, because Python tells 1 from 1.0 and has integers of any size, and NaN and Infinity are values.
 */
export type PythonValue =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly PythonValue[] }
  | { readonly kind: 'dict'; readonly members: ReadonlyMap<string, PythonValue> }

const MAX_DEPTH = 100
const WORD = /-?Infinity|NaN|null|true|false|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
// eslint-disable-next-line no-control-regex -- JSON forbids control characters in texts
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y

/** Reads a text; undefined where it is no JSON, or nested deeper than any log. */
export function parsePython(text: string): PythonValue | undefined {
  const reader = new Reader(text)
  const value = reader.value(0)
  return reader.failed || !reader.atEnd() ? undefined : value
}

/** Writes a value as `json.dumps(value, sort_keys=True)` does, without the members of the outermost object named here. */
export function dumpPython(value: PythonValue, without: readonly string[] = []): string {
  switch (value.kind) {
    case 'word':
      return value.text
    case 'text':
      return quoted(value.text)
    case 'list':
      return `[${value.items.map((item) => dumpPython(item)).join(', ')}]`
    case 'dict': {
      const members = [...value.members].filter(([name]) => !without.includes(name)).sort(byCodePoints)
      return `{${members.map(([name, member]) => `${quoted(name)}: ${dumpPython(member)}`).join(', ')}}`
    }
  }
}

/** The text of a member of an object; undefined where it is none. */
export function textMember(value: PythonValue | undefined, name: string): string | undefined {
  const member = value?.kind === 'dict' ? value.members.get(name) : undefined
  return member?.kind === 'text' ? member.text : undefined
}

class Reader {
  failed = false
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(depth: number): PythonValue {
    this.#space()
    if (depth > MAX_DEPTH) return this.#fail()
    switch (this.#text[this.#at]) {
      case '"':
        return { kind: 'text', text: this.#string() }
      case '[':
        return this.#list(depth)
      case '{':
        return this.#dict(depth)
      default: {
        const word = this.#match(WORD)
        return word === undefined || word === '' ? this.#fail() : { kind: 'word', text: word }
      }
    }
  }

  atEnd(): boolean {
    this.#space()
    return this.#at === this.#text.length
  }

  #list(depth: number): PythonValue {
    const items: PythonValue[] = []
    this.#at += 1
    if (this.#takes(']')) return { kind: 'list', items }
    do items.push(this.value(depth + 1))
    while (!this.failed && this.#takes(','))
    return this.#takes(']') ? { kind: 'list', items } : this.#fail()
  }

  #dict(depth: number): PythonValue {
    const members = new Map<string, PythonValue>()
    this.#at += 1
    if (this.#takes('}')) return { kind: 'dict', members }
    do {
      this.#space()
      const name = this.#string()
      if (!this.#takes(':')) return this.#fail()
      members.set(name, this.value(depth + 1)) // of equal names Python keeps the last
    } while (!this.failed && this.#takes(','))
    return this.#takes('}') ? { kind: 'dict', members } : this.#fail()
  }

  #string(): string {
    const source = this.#match(TEXT)
    if (source !== undefined) return JSON.parse(source) as string // the pattern is that of a JSON text
    this.#fail()
    return ''
  }

  #takes(character: string): boolean {
    this.#space()
    if (this.failed || this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #space(): void {
    this.#match(SPACE)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #fail(): PythonValue {
    this.failed = true
    return { kind: 'word', text: 'null' }
  }
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** All but printable ASCII is escaped, half a pair at a time. */
function quoted(text: string): string {
  // Without the flag u: each half of a surrogate pair has an escape of its own.
  const escaped = text.replace(
    /["\\]|[^ -~]/g,
    (unit) => SHORT[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `"${escaped}"`
}

/** Python orders texts by code points, JavaScript by UTF-16 units. */
function byCodePoints([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  const a = Array.from(left, (character) => character.codePointAt(0) ?? 0)
  const b = Array.from(right, (character) => character.codePointAt(0) ?? 0)
  for (let index = 0; index < a.length && index < b.length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
