import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Level } from '../evaluation.js'
import type { PolicyProblem } from '../problem.js'
import { readPolicies } from './document.js'
import { readDocument, SyntaxProblem } from './located.js'
import { EMPTY_FILE, type PolicyFile } from './policy-file.js'
import { Reader } from './reader.js'
import type { TestPlace } from './run-tests.js'

/** What loading gave. */
export interface LoadedPolicies {
  /** True where a policy file is there, readable or not. */
  readonly found: boolean
  /** The file that was read. */
  readonly path: string | undefined
  readonly file: PolicyFile
  readonly problems: readonly PolicyProblem[]
}

/** How a file is to be read. */
export interface LoadOptions {
  readonly level: Level
  /** A missing file is a problem. */
  readonly required: boolean
  readonly place: TestPlace
}

const MAX_BYTES = 262_144

/** The places where a project's policy file may be. */
export function policyPaths(projectDir: string): readonly string[] {
  return ['policies.yaml', 'policies.yml', 'policies.json'].map((name) => join(projectDir, '.loki', name))
}

/** Reads the one policy file among `paths`. */
export function loadPolicies(paths: readonly string[], { level, required, place }: LoadOptions): LoadedPolicies {
  const present: { path: string; text: string }[] = []
  for (const path of paths) {
    const read = readBounded(path)
    if (read.kind === 'problem') return refused(path, [read.problem])
    if (read.kind === 'text') present.push({ path, text: read.text })
  }
  const [first, second] = present
  if (first === undefined) {
    const path = paths[0] ?? ''
    return required
      ? refused(path, [whole(path, 'unreadable', 'the policy file is not there')])
      : { found: false, path: undefined, file: EMPTY_FILE, problems: [] }
  }
  if (second !== undefined)
    return refused(second.path, [
      whole(second.path, 'ambiguous', `there is also ${first.path}; keep one of them, since nothing says which holds`),
    ])

  const reader = new Reader(first.path)
  try {
    const document = readDocument(first.text, extname(first.path) === '.json' ? 'json' : 'yaml')
    const file = readPolicies(document, reader, { level, place })
    return { found: true, path: first.path, file, problems: reader.problems }
  } catch (error) {
    const at = error instanceof SyntaxProblem ? error.place : { line: 1, column: 1 }
    const message = error instanceof Error ? error.message : String(error)
    return refused(first.path, [{ file: first.path, ...at, message, code: 'syntax' }])
  }
}

function refused(path: string, problems: readonly PolicyProblem[]): LoadedPolicies {
  return { found: true, path, file: EMPTY_FILE, problems }
}

function whole(file: string, code: 'unreadable' | 'too_large' | 'ambiguous', message: string): PolicyProblem {
  return { file, line: 0, column: 0, message, code }
}

type Read =
  | { readonly kind: 'missing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'problem'; readonly problem: PolicyProblem }

// Opened once and judged by its descriptor, so that what was checked is what is read.
function readBounded(path: string): Read {
  let descriptor: number
  try {
    // A pipe in its place must not make us wait for a writer.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    if (code === 'ENOENT') return { kind: 'missing' }
    return problem(
      path,
      'unreadable',
      `the policy file cannot be read (${code}); make it readable for this user or remove it`,
    )
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) return problem(path, 'unreadable', 'expected a file, found something else in its place')
    if (stat.size > MAX_BYTES)
      return problem(path, 'too_large', `the policy file has ${stat.size} bytes; at most ${MAX_BYTES} are read`)
    const buffer = Buffer.alloc(MAX_BYTES + 1)
    let length = 0
    for (;;) {
      const count = readSync(descriptor, buffer, length, buffer.length - length, null)
      if (count === 0) break
      length += count
      if (length > MAX_BYTES) return problem(path, 'too_large', `the policy file has more than ${MAX_BYTES} bytes`)
    }
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length)) }
  } catch (error) {
    return problem(
      path,
      'unreadable',
      `the policy file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  } finally {
    closeSync(descriptor)
  }
}

function problem(path: string, code: 'unreadable' | 'too_large', message: string): Read {
  return { kind: 'problem', problem: whole(path, code, message) }
}
