import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Node as YamlNode } from 'yaml'

/** A place in a file; both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A value of a YAML or JSON file that knows where it stands. */
export type Located = Place &
  (
    | { readonly kind: 'map'; readonly entries: readonly LocatedEntry[] }
    | { readonly kind: 'list'; readonly items: readonly Located[] }
    | { readonly kind: 'scalar'; readonly value: string | number | boolean | null }
  )

/** One key with its value. */
export interface LocatedEntry extends Place {
  readonly key: string
  readonly value: Located
}

/** A text that is no YAML or JSON, or more of it than a policy needs. */
export class SyntaxProblem extends Error {
  readonly place: Place

  constructor(message: string, place: Place) {
    super(message)
    this.place = place
  }
}

const START: Place = { line: 1, column: 1 }
const MAX_DEPTH = 16
const MAX_BRACKETS = 64
// What the parser makes a token of; its time grows with them, not with the words between.
const MARKS = /[[\]{},:"'&*!#|>\n]|[-?](?=\s)/g
const MAX_MARKS = 10_000

/** Reads one YAML 1.2 or JSON document; throws {@link SyntaxProblem}. Aliases are refused: a policy needs none. */
export function readDocument(text: string, format: 'yaml' | 'json'): Located {
  refuseMarks(text)
  refuseNesting(text)
  if (format === 'json') refuseBadJson(text)
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    version: '1.2',
    logLevel: 'error',
    // The reader looks for doubled keys itself; the parser's way takes quadratic time.
    uniqueKeys: false,
  })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const [document, second] = 'empty' in documents ? [] : documents
  const [error] = document?.errors ?? []
  if (error !== undefined) throw new SyntaxProblem(`not ${format.toUpperCase()}: ${error.message}`, at(error.pos[0]))
  if (second !== undefined) throw new SyntaxProblem('expected one document, found a second', at(second.range[0]))
  const root = document?.contents
  if (root === null || root === undefined) throw new SyntaxProblem('the file is empty; expected policies', START)
  return convert(root, { at, depth: 0 })
}

interface Conversion {
  readonly at: (offset: number) => Place
  readonly depth: number
}

function convert(node: YamlNode, { at, depth }: Conversion): Located {
  const place = node.range == null ? START : at(node.range[0])
  if (isAlias(node)) throw new SyntaxProblem('aliases (*name) are not taken; write the value out', place)
  if (depth > MAX_DEPTH) throw new SyntaxProblem(`nested deeper than ${MAX_DEPTH} levels`, place)
  const inner = { at, depth: depth + 1 }
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }): LocatedEntry => {
      if (!isScalar(key)) throw new SyntaxProblem('expected a plain key', place)
      const keyPlace = key.range == null ? place : at(key.range[0])
      const located: Located =
        value === null || value === undefined
          ? { ...keyPlace, kind: 'scalar', value: null }
          : convert(asNode(value), inner)
      return { ...keyPlace, key: String(key.value), value: located }
    })
    return { ...place, kind: 'map', entries }
  }
  if (isSeq(node))
    return {
      ...place,
      kind: 'list',
      items: node.items.map((item) =>
        item === null ? { ...place, kind: 'scalar', value: null } : convert(asNode(item), inner),
      ),
    }
  const value: unknown = isScalar(node) ? node.value : undefined
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return { ...place, kind: 'scalar', value }
  throw new SyntaxProblem('expected text, a number, a list or a map', place)
}

// The parser puts nodes only into maps and lists that it read itself.
function asNode(value: unknown): YamlNode {
  return value as YamlNode
}

function refuseMarks(text: string): void {
  let marks = 0
  for (const { index } of text.matchAll(MARKS)) {
    marks += 1
    if (marks > MAX_MARKS)
      throw new SyntaxProblem(
        `more than ${MAX_MARKS} lines, brackets, commas, colons and quotes; take what is not needed out`,
        placeOf(text, index),
      )
  }
}

// Brackets, dashes and indents are counted before the parser recurses into them: its stack is the process's.
function refuseNesting(text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '[' || char === '{') depth += 1
    else if (char === ']' || char === '}') depth -= 1
    if (depth > MAX_BRACKETS) throw new SyntaxProblem(`nested deeper than ${MAX_BRACKETS} levels`, placeOf(text, at))
  }
  const indents: number[] = []
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    refuseIndents(text, { start, stop }, indents)
    start = stop + 1
  }
}

/** Follows the columns at which lists and maps without brackets begin, through one line. */
function refuseIndents(text: string, { start, stop }: { start: number; stop: number }, indents: number[]): void {
  for (let at = start; at < stop; at += 1) {
    const char = text[at]
    if (char === ' ' || char === '\t') continue
    while (indents.length > 0 && (indents.at(-1) ?? 0) >= at - start) indents.pop()
    indents.push(at - start)
    if (indents.length > MAX_BRACKETS)
      throw new SyntaxProblem(`nested deeper than ${MAX_BRACKETS} levels`, placeOf(text, at))
    const indicator = char === '-' || char === '?' || char === ':'
    if (!indicator || !/[\s]/.test(text.charAt(at + 1))) return
  }
}

function refuseBadJson(text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const offset = /position (\d+)/.exec(message)?.[1]
    throw new SyntaxProblem(`not JSON: ${message}`, placeOf(text, offset === undefined ? text.length : Number(offset)))
  }
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}
