import type { Argument } from './analysis.js'

/** An argument of a call as far as it can be read: a text, or a list of texts. */
export type CodeValue =
  | { readonly kind: 'text'; readonly text: string; readonly known: boolean; readonly end: number }
  | { readonly kind: 'list'; readonly items: readonly Argument[]; readonly end: number }

const MAX_SPAN = 4096
const MAX_ITEMS = 64
const CHARACTER =
  /^(?:chr|String\.fromCharCode)\s*\(\s*((?:\d{1,7}|0x[\da-f]{1,6})(?:\s*,\s*(?:\d{1,7}|0x[\da-f]{1,6}))*)\s*\)/i

/** The arguments of a call whose first one begins at `from`, up to the closing bracket or the end of the statement. */
export function readArguments(code: string, from: number): readonly CodeValue[] {
  const text = code.slice(0, Math.min(code.length, from + MAX_SPAN))
  const found: CodeValue[] = []
  let at = from
  while (at < text.length && found.length < MAX_ITEMS) {
    const value = readValue(text, at)
    found.push(value)
    at = skipBlank(text, value.end)
    if (text[at] !== ',') break
    at = skipBlank(text, at + 1)
    if (/[)\]};]/.test(text[at] ?? ';')) break
  }
  return found
}

function readValue(text: string, from: number): CodeValue {
  let at = skipBlank(text, from)
  // `&["a"]`, `new[]{"a"}`, `qw(a b)`, `{args: ["a"]}`.
  const words = /^qw\s*[([{/|]([^)\]}/|]*)[)\]}/|]/.exec(text.slice(at, at + MAX_SPAN))
  if (words !== null) {
    const items = (words[1] ?? '').split(/\s+/).filter(Boolean).map(literal)
    return { kind: 'list', items, end: at + words[0].length }
  }
  const named = /^\{\s*(?:args|cmd|argv)\s*:\s*(?=\[)/.exec(text.slice(at, at + 64))
  if (named !== null) at += named[0].length
  if (text[at] === '[' || (text[at] === '(' && /^\(\s*["']/.test(text.slice(at, at + 16)))) return readList(text, at)
  return readText(text, at)
}

function readList(text: string, from: number): CodeValue {
  const items: Argument[] = []
  let at = skipBlank(text, from + 1)
  while (at < text.length && !/[)\]]/.test(text[at] ?? '') && items.length < MAX_ITEMS) {
    const value = readText(text, at)
    items.push({ text: value.text, known: value.known, glob: false })
    at = skipBlank(text, value.end)
    if (text[at] === ',') at = skipBlank(text, at + 1)
    else break
  }
  const end = at < text.length ? at + 1 : at
  // `["rm", x].join(" ")` is a text again, and which is not known.
  return /^\s*\./.test(text.slice(end, end + 8))
    ? { kind: 'text', text: text.slice(from, end), known: false, end: skipExpression(text, end) }
    : { kind: 'list', items, end }
}

/** Literals that are joined by `+`, `.` or nothing; anything else among them makes the whole unknown. */
function readText(text: string, from: number): Extract<CodeValue, { kind: 'text' }> {
  let at = skipBlank(text, from)
  let value = ''
  let known = true
  for (let parts = 0; parts < MAX_ITEMS; parts += 1) {
    const string = readString(text, at)
    const character = string === undefined ? CHARACTER.exec(text.slice(at, at + 256)) : null
    if (string !== undefined) {
      value += string.text
      known &&= string.known
      at = string.end
    } else if (character !== null) {
      value += (character[1] ?? '')
        .split(',')
        .map((code) => String.fromCodePoint(Math.min(Number(code.trim()), 0x10ffff)))
        .join('')
      at += character[0].length
    } else {
      const end = skipExpression(text, at)
      return { kind: 'text', text: value + text.slice(at, end).slice(0, 80), known: false, end }
    }
    const next = skipBlank(text, at)
    if (text[next] === '+' || (text[next] === '.' && /^\.\s*["'$]/.test(text.slice(next, next + 8))))
      at = skipBlank(text, next + 1)
    else if (/["'`]/.test(text[next] ?? '') && next >= at) at = next
    else if (/^(?:\.|%(?!\w*\s*[)\]}])|\*)/.test(text.slice(next, next + 4)))
      return { kind: 'text', text: value, known: false, end: skipExpression(text, next) }
    else return { kind: 'text', text: value, known, end: next }
  }
  return { kind: 'text', text: value, known: false, end: at }
}

interface StringLiteral {
  readonly text: string
  readonly known: boolean
  readonly end: number
}

function readString(text: string, from: number): StringLiteral | undefined {
  const prefix = /^(?:[rbufRBUF]{1,2}(?=["'])|q[qx]?(?=[{([|/]))?/.exec(text.slice(from, from + 3))?.[0] ?? ''
  const start = from + prefix.length
  const quote = text[start]
  if (quote === undefined) return undefined
  const perl = prefix.startsWith('q')
  if (!perl && !/["'`]/.test(quote)) return undefined
  const triple = !perl && text.startsWith(quote.repeat(3), start) && quote !== '`'
  const mark = triple ? quote.repeat(3) : perl ? (CLOSING[quote] ?? quote) : quote
  const body = start + (triple ? 3 : 1)
  let at = body
  while (at < text.length && !text.startsWith(mark, at)) at += text[at] === '\\' ? 2 : 1
  if (at >= text.length) return undefined
  const raw = text.slice(body, at)
  const expands =
    (/f/i.test(prefix) && raw.includes('{')) ||
    (quote === '`' && raw.includes('${')) ||
    (quote === '"' && raw.includes('#{'))
  return { text: /r/i.test(prefix) ? raw : unescape(raw), known: !expands, end: at + mark.length }
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u\{?([\da-fA-F]{4})\}?|([0-7]{2,3})|([nt])|(["'`\\/]))/g,
    (whole, ...groups: (string | undefined)[]) => {
      const [hex, unicode, octal, control, plain] = groups
      if (hex !== undefined || unicode !== undefined) return String.fromCharCode(parseInt(hex ?? unicode ?? '', 16))
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8))
      if (control !== undefined) return control === 'n' ? '\n' : '\t'
      return plain ?? whole
    },
  )
}

// Over brackets and strings to the comma or bracket that ends an argument.
function skipExpression(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (/["'`]/.test(char)) {
      const string = readString(text, at)
      if (string === undefined) return text.length
      at = string.end - 1
    } else if (/[([{]/.test(char)) depth += 1
    else if (/[)\]}]/.test(char)) {
      if (depth === 0) return at
      depth -= 1
    } else if (depth === 0 && /[,;\n]/.test(char)) return at
  }
  return text.length
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1
  return at
}

function literal(text: string): Argument {
  return { text, known: true, glob: false }
}
