import type { Function as FunctionNode } from 'unbash'
import { isAbsolute } from 'node:path'
import type { Argument } from './analysis.js'

/** What is known of the shell at one place of a script. Immutable: each change makes a new one. */
export interface ShellState {
  /** Folders the shell may be in; undefined = unknown. */
  readonly cwds: readonly string[] | undefined
  readonly home: string | undefined
  /** Values of variables assigned in the script; an array has several. */
  readonly variables: ReadonlyMap<string, readonly Argument[]>
  readonly functions: ReadonlyMap<string, FunctionNode>
  readonly aliases: ReadonlyMap<string, string>
  /** `$1 ...`; undefined = unknown. */
  readonly positional: readonly Argument[] | undefined
  /** What the descriptors above 2 hold, where the script opened them. */
  readonly descriptors: ReadonlyMap<string, Input>
  /** Names that `local` has made inside the function that runs; undefined outside of any. */
  readonly locals: ReadonlySet<string> | undefined
  /** `set -e` is on: what follows a failed command does not run. */
  readonly errexit: boolean
  readonly remote: boolean
}

/** What a command leaves: the state after success and after failure (undefined = cannot happen), and its output. */
export interface Flow {
  readonly ok: ShellState | undefined
  readonly fail: ShellState | undefined
  /** What it prints; undefined = unknown. */
  readonly out: string | undefined
  /** True where the output comes, wholly or in part, from the network. */
  readonly download: boolean
}

/** What a command finds on its standard input. */
export type Input =
  | { readonly kind: 'none' } // what the script itself got
  | { readonly kind: 'file' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unknown'; readonly download: boolean }

// Copying the map is what an assignment costs; beyond this many, variables are unknown.
const MAX_VARIABLES = 64
const MAX_VALUE = 4096
const MAX_CWDS = 8
const MAX_FOLDER = 4096

export const UNKNOWN_VALUE: readonly Argument[] = [{ text: '', known: false, glob: false }]

export function literal(text: string): Argument {
  return { text, known: true, glob: false }
}

/** A command that changes nothing in the shell. */
export function same(state: ShellState, out?: string): Flow {
  return { ok: state, fail: state, out, download: false }
}

/** What is known where either of two states may hold. */
export function either(a: ShellState | undefined, b: ShellState | undefined): ShellState | undefined {
  if (a === undefined || b === undefined) return a ?? b
  if (a === b) return a
  return {
    cwds: unite(a.cwds, b.cwds),
    home: a.home,
    variables: a.variables === b.variables ? a.variables : mergeVariables(a.variables, b.variables),
    functions: a.functions === b.functions ? a.functions : new Map([...a.functions, ...b.functions]),
    aliases: a.aliases === b.aliases ? a.aliases : new Map([...a.aliases, ...b.aliases]),
    positional: a.positional === b.positional ? a.positional : undefined,
    descriptors: a.descriptors === b.descriptors ? a.descriptors : new Map([...a.descriptors, ...b.descriptors]),
    locals: a.locals === undefined ? undefined : new Set([...a.locals, ...(b.locals ?? [])]),
    errexit: a.errexit && b.errexit,
    remote: a.remote,
  }
}

/** What holds for the command after one that ended with `flow`. */
export function afterwards(flow: Flow): ShellState | undefined {
  if (flow.ok?.errexit === true) return flow.ok
  return either(flow.ok, flow.fail)
}

export function assign(state: ShellState, name: string, value: readonly Argument[]): ShellState {
  if (name === '') return state
  const size = value.reduce((sum, one) => sum + one.text.length, 0)
  if (size > MAX_VALUE) value = UNKNOWN_VALUE
  const variables = new Map(state.variables)
  if (variables.size >= MAX_VARIABLES && !variables.has(name)) return state
  variables.set(name, value)
  return { ...state, variables }
}

/** Forgets the values of some variables, or the folder, for code that may run in any order or number of times. */
export function forget(state: ShellState, names: ReadonlySet<string>): ShellState {
  if (names.size === 0) return state
  let next = state
  for (const name of names) next = assign(next, name, UNKNOWN_VALUE)
  return next
}

/** The state after `cd target`, where every folder the shell may be in leads to one. */
export function changeFolder(state: ShellState, target: Argument): ShellState {
  if (!target.known || target.glob) return { ...state, cwds: undefined }
  if (isAbsolute(target.text)) return { ...state, cwds: [target.text] }
  if (state.cwds === undefined) return state
  const cwds = state.cwds.map((cwd) => `${cwd}/${target.text}`)
  return { ...state, cwds: cwds.some((cwd) => cwd.length > MAX_FOLDER) ? undefined : cwds }
}

/** Value of a variable: assigned in the script, or one that every shell sets. */
export function valueOf(state: ShellState, name: string): readonly Argument[] {
  const assigned = state.variables.get(name)
  if (assigned !== undefined) return assigned
  // Past the limit a missing name may be an assigned one.
  if (state.variables.size >= MAX_VARIABLES) return UNKNOWN_VALUE
  switch (name) {
    case 'HOME':
      return state.home === undefined || state.remote ? [literal('~')] : [literal(state.home)]
    case 'PWD':
      return state.cwds?.length === 1 && state.cwds[0] !== undefined ? [literal(state.cwds[0])] : UNKNOWN_VALUE
    case 'IFS':
      return [literal(' \t\n')]
    case 'TMPDIR':
      return [literal('/tmp')]
    case 'SHELL':
    case 'BASH':
      return [literal('/bin/bash')]
    // Numbers that the shell makes up: their digits cannot change what a word means.
    case '$':
    case '!':
    case '?':
    case '#':
    case 'RANDOM':
    case 'SECONDS':
    case 'EPOCHSECONDS':
    case 'LINENO':
    case 'UID':
    case 'EUID':
    case 'PPID':
      return [literal('0')]
    default:
      return UNKNOWN_VALUE
  }
}

function unite(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined {
  if (a === b) return a
  if (a === undefined || b === undefined) return undefined
  const all = new Set([...a, ...b])
  return all.size > MAX_CWDS ? undefined : [...all]
}

function mergeVariables(
  a: ReadonlyMap<string, readonly Argument[]>,
  b: ReadonlyMap<string, readonly Argument[]>,
): ReadonlyMap<string, readonly Argument[]> {
  const merged = new Map(a)
  for (const name of a.keys()) if (!sameValue(a.get(name), b.get(name))) merged.set(name, UNKNOWN_VALUE)
  for (const name of b.keys()) if (!a.has(name)) merged.set(name, UNKNOWN_VALUE)
  return merged
}

function sameValue(a: readonly Argument[] | undefined, b: readonly Argument[] | undefined): boolean {
  if (a === b) return true
  if (a?.length !== b?.length) return false
  return (a ?? []).every((one, index) => {
    const other = b?.[index]
    return one.text === other?.text && one.known === other.known && one.glob === other.glob
  })
}

const MAX_OUTPUT = 65_536

/** What holds after one of two ways was taken. */
export function branched(a: Flow, b: Flow): Flow {
  return {
    ok: either(a.ok, b.ok),
    fail: either(a.fail, b.fail),
    out: a.out === b.out ? a.out : undefined,
    download: a.download || b.download,
  }
}

/** What holds after `next`, which ran behind `before`. */
export function sequence(before: Flow, next: Flow): Flow {
  return { ...next, out: concat(before.out, next.out), download: before.download || next.download }
}

/** The output of two commands, where both are known. */
export function concat(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined || a.length + b.length > MAX_OUTPUT) return undefined
  return a + b
}
