import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PolicyProblem, ProblemCode } from '../problem.js'
import type { Residency } from './residency.js'

/** What the variables and the file say of residency. */
export interface ResidencyReading {
  /** True where any of it is set. */
  readonly found: boolean
  readonly residency: Residency
  /** Defects; with any of them nothing may be called. */
  readonly problems: readonly PolicyProblem[]
  /** The file whose change means: read again; it need not exist. */
  readonly file: string
}

const FILE = '.loki/residency.json'
const MAX_BYTES = 64 * 1024
const MAX_ENTRIES = 256

interface Parts {
  readonly providers?: readonly string[] | undefined
  readonly regions?: readonly string[] | undefined
  readonly airGapped?: boolean | undefined
}

/**
 * Reads `LOKI_RESIDENCY_PROVIDERS`, `LOKI_RESIDENCY_REGIONS`, `LOKI_AIR_GAPPED` and `.loki/residency.json`. Where both say
 * something the variable counts. Never throws: see `problems`.
 */
export function readResidency({ projectDir, env }: { projectDir: string; env: NodeJS.ProcessEnv }): ResidencyReading {
  const file = join(projectDir, FILE)
  const problems: PolicyProblem[] = []
  const written = readFile(file, problems)
  const set: Parts = {
    providers: listVariable(env, 'LOKI_RESIDENCY_PROVIDERS', problems),
    regions: listVariable(env, 'LOKI_RESIDENCY_REGIONS', problems),
    airGapped: switchVariable(env, 'LOKI_AIR_GAPPED', problems),
  }
  return {
    found:
      problems.length > 0 ||
      [set, written ?? {}].some((parts) => Object.values(parts).some((one) => one !== undefined)),
    residency: {
      providers: set.providers ?? written?.providers ?? [],
      regions: set.regions ?? written?.regions ?? [],
      airGapped: set.airGapped ?? written?.airGapped ?? false,
    },
    problems,
    file,
  }
}

function readFile(file: string, problems: PolicyProblem[]): Parts | undefined {
  const fail = (code: ProblemCode, message: string): void => {
    problems.push({ file, line: 0, column: 0, message, code })
  }
  let text: string
  try {
    const { size } = statSync(file)
    if (size > MAX_BYTES) {
      fail('too_large', `the file has ${size} bytes; at most ${MAX_BYTES} are read`)
      return undefined
    }
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') fail('unreadable', `the file cannot be read: ${messageOf(error)}`)
    return undefined
  }
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    fail('syntax', `expected JSON: ${messageOf(error)}`)
    return undefined
  }
  return readObject(value, fail)
}

function readObject(value: unknown, fail: (code: ProblemCode, message: string) => void): Parts | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail('wrong_type', 'expected an object with allowed_providers, allowed_regions and air_gapped')
    return undefined
  }
  const parts: { providers?: readonly string[]; regions?: readonly string[]; airGapped?: boolean } = {}
  for (const [key, held] of Object.entries(value) as readonly [string, unknown][])
    if (key === 'allowed_providers' || key === 'allowed_regions') {
      const names = readNames(held)
      if (typeof names === 'string') fail('wrong_type', `${key}: ${names}`)
      else parts[key === 'allowed_providers' ? 'providers' : 'regions'] = names
    } else if (key === 'air_gapped') {
      if (typeof held === 'boolean') parts.airGapped = held
      else fail('wrong_type', `air_gapped: expected true or false, found ${JSON.stringify(held).slice(0, 40)}`)
    } else if (key !== 'version' || held !== 1)
      fail('unknown_key', `unknown key "${key.slice(0, 40)}"; expected allowed_providers, allowed_regions, air_gapped`)
  return parts
}

/** The names in small letters; a string says what is wrong with them. */
function readNames(value: unknown): readonly string[] | string {
  if (!Array.isArray(value)) return 'expected a list of names'
  if (value.length > MAX_ENTRIES) return `has ${value.length} entries; at most ${MAX_ENTRIES} are read`
  const names: string[] = []
  for (const one of value as readonly unknown[]) {
    if (typeof one !== 'string' || !isName(one)) return `expected names, found ${JSON.stringify(one).slice(0, 40)}`
    names.push(one.trim().toLowerCase())
  }
  return names
}

function isName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text.trim())
}

function listVariable(env: NodeJS.ProcessEnv, name: string, problems: PolicyProblem[]): readonly string[] | undefined {
  const value = env[name]?.trim()
  if (value === undefined || value === '') return undefined
  const names = readNames(value.split(/[\s,]+/).filter((one) => one !== ''))
  if (typeof names !== 'string') return names
  problems.push({ file: name, line: 0, column: 0, message: names, code: 'invalid_variable' })
  return undefined
}

function switchVariable(env: NodeJS.ProcessEnv, name: string, problems: PolicyProblem[]): boolean | undefined {
  const value = env[name]?.trim().toLowerCase()
  if (value === undefined || value === '') return undefined
  if (/^(?:true|1|yes|on)$/.test(value)) return true
  if (/^(?:false|0|no|off)$/.test(value)) return false
  const message = `expected true, 1, yes, on, false, 0, no or off, found "${value.slice(0, 40)}"`
  problems.push({ file: name, line: 0, column: 0, message, code: 'invalid_variable' })
  return undefined
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
