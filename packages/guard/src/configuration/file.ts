import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Pair, YAMLMap } from 'yaml'
import { GuardError, messageOf } from '../errors.js'
import { CONFIGURATION_KEYS } from './keys.js'
import type { ConfigurationKey } from './keys.js'

/** What a configuration file says of one variable. */
export type ConfiguredValue = { readonly value: string; readonly file: string; readonly line: number }

const MAX_BYTES = 65_536
const KEYS = new Map(CONFIGURATION_KEYS.map((key) => [key.key, key]))
const SECTIONS = new Set(CONFIGURATION_KEYS.flatMap(({ key }) => sectionsOf(key)))

/**
 * Reads one configuration file (YAML 1.2) into values of variables; undefined where there is none. Relative paths in it begin
 * at `base`. Throws `BAD_CONFIGURATION` with file and line for anything that is not understood: a setting that is ignored in
 * silence protects nobody.
 */
export function readConfigurationFile(file: string, base: string): ReadonlyMap<string, ConfiguredValue> | undefined {
  const text = readBounded(file)
  if (text === undefined) return undefined
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', version: '1.2' })
  const [error] = document.errors
  if (error !== undefined) throw bad(file, lines.linePos(error.pos[0]).line, error.message)
  const values = new Map<string, ConfiguredValue>()
  if (document.contents === null) return values
  if (!isMap(document.contents)) throw bad(file, 1, `expected sections (${[...SECTIONS].sort().join(', ')})`)
  const lineOf = (node: unknown): number =>
    isScalar(node) && node.range != null ? lines.linePos(node.range[0]).line : 1
  const walk = (map: YAMLMap, path: readonly string[]): void => {
    for (const { key, value } of map.items as readonly Pair[]) {
      const line = lineOf(key)
      const name = [...path, isScalar(key) ? String(key.value) : '?'].join('.')
      const known = KEYS.get(name)
      if (known !== undefined)
        values.set(known.variable, { value: textOf(known, value, { file, line, base }), file, line })
      else if (SECTIONS.has(name) && isMap(value)) walk(value, name.split('.'))
      else if (SECTIONS.has(name)) throw bad(file, line, `expected settings under "${name}", got something else`)
      else throw bad(file, line, `"${name}" is no setting; expected one of ${siblingsOf(path).join(', ')}`)
    }
  }
  walk(document.contents, [])
  return values
}

function textOf(
  key: ConfigurationKey,
  value: unknown,
  { file, line, base }: { file: string; line: number; base: string },
): string {
  const plain = isSeq(value) ? value.items.map(scalarOf) : scalarOf(value)
  const refuse = (expected: string): GuardError => bad(file, line, `expected "${key.key}" to be ${expected}`)
  if (key.kind === 'list') {
    const separator = key.separator ?? ','
    const items = Array.isArray(plain) ? plain : [plain]
    const isGood = (item: unknown): item is string =>
      typeof item === 'string' && item.trim() !== '' && !item.includes(separator)
    if (items.every(isGood)) return items.join(separator)
    throw refuse(`a list of texts, none of them empty or with a "${separator}" in it`)
  }
  if (key.kind === 'boolean' && typeof plain === 'boolean') return String(plain)
  if (key.kind === 'number' && typeof plain === 'number') return String(plain)
  if (key.kind === 'text' && typeof plain === 'string' && plain.trim() !== '') return plain
  if (key.kind === 'path' && typeof plain === 'string' && plain.trim() !== '')
    return isAbsolute(plain) ? plain : join(base, plain)
  throw refuse({ boolean: 'true or false', number: 'a number', text: 'a text', path: 'a path' }[key.kind])
}

function scalarOf(node: unknown): unknown {
  return isScalar(node) ? node.value : undefined
}

/** `audit.syslog.host` has the sections `audit` and `audit.syslog`. */
function sectionsOf(key: string): string[] {
  const words = key.split('.').slice(0, -1)
  return words.map((_, at) => words.slice(0, at + 1).join('.'))
}

function siblingsOf(path: readonly string[]): string[] {
  const depth = path.length
  const beside = CONFIGURATION_KEYS.map(({ key }) => key.split('.')).filter((words) =>
    path.every((word, at) => words[at] === word),
  )
  return [...new Set(beside.map((words) => words[depth] ?? ''))].sort()
}

/** Opened once and judged by its descriptor, so that what was checked is what is read. */
function readBounded(file: string): string | undefined {
  let fd: number
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK) // a pipe in its place must not make us wait
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
      return undefined
    throw bad(file, 1, `it cannot be read (${messageOf(thrown)}); make it readable or remove it`)
  }
  try {
    if (!fstatSync(fd).isFile()) throw bad(file, 1, 'expected a file, found something else in its place')
    const buffer = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    for (let count = -1; count !== 0 && length < buffer.length; length += count) {
      count = readSync(fd, buffer, length, buffer.length - length, null)
    }
    if (length > MAX_BYTES) throw bad(file, 1, `it has more than ${MAX_BYTES} bytes`)
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length))
  } catch (thrown) {
    throw thrown instanceof GuardError ? thrown : bad(file, 1, `it cannot be read: ${messageOf(thrown)}`)
  } finally {
    closeSync(fd)
  }
}

function bad(file: string, line: number, message: string): GuardError {
  return new GuardError('BAD_CONFIGURATION', `${file}:${line}: ${message}`)
}
