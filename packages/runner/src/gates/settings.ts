import { RunnerError } from '../errors.js'
import { flagOf } from '../flag.js'
import type { CustomGate } from './custom.js'
import { readProfile, type ProfileValue } from './profiles.js'

/** Which gates work must pass, and what they ask for. */
export interface GateSettings {
  readonly profile: string | undefined
  /** Undefined: tests count where there are any. */
  readonly testsRequired: boolean | undefined
  /** Percent; undefined where coverage is not looked at. */
  readonly minCoverage: number | undefined
  readonly coverageReport: string | undefined
  /** Fingerprints of findings that a person lets stay. */
  readonly allow: readonly string[]
  readonly custom: readonly CustomGate[]
}

export interface SettingsOptions {
  readonly projectDir: string
  readonly env: NodeJS.ProcessEnv
  /** Instead of `LOKI_GATE_PROFILE`. */
  readonly profile: string | undefined
}

const customPrefix = 'GATE_CUSTOM_'
const ownNames: readonly string[] = ['tests', 'coverage', 'security-scan', 'peer-review', 'performance']
const maxCustom = 20

/**
 * Reads the gates of a session, once, before it begins: each variable from the environment, else from the profile. Throws
 * `BAD_GATES` for what is malformed, for a security scan that is turned off, and for a gate that Loki does not have yet.
 */
export function readGateSettings({ projectDir, env, profile }: SettingsOptions): GateSettings {
  const name = profile ?? present(env.LOKI_GATE_PROFILE)
  const values = name === undefined ? new Map<string, ProfileValue>() : readProfile(name, { projectDir, env })
  const valueOf = (key: string): ProfileValue | undefined => {
    const own = present(env[key])
    if (own !== undefined) return { value: own, place: 'the environment' }
    const kept = values.get(key)
    return kept === undefined || kept.value.trim() === '' ? undefined : { ...kept, value: kept.value.trim() }
  }
  if (readBoolean('GATE_SECURITY_SCAN', valueOf) === false) {
    throw bad('GATE_SECURITY_SCAN', valueOf, 'it cannot be turned off; take it out')
  }
  if ((readNumber('GATE_PEER_REVIEW_COUNT', valueOf, { max: 20, whole: true }) ?? 0) > 0) {
    throw bad(
      'GATE_PEER_REVIEW_COUNT',
      valueOf,
      'Loki has no peer review yet, and a gate that cannot run has failed; set it to 0',
    )
  }
  if (readBoolean('GATE_PERFORMANCE_CHECK', valueOf) === true) {
    const instead = 'set it to false, and measure in a gate of your own (GATE_CUSTOM_…)'
    throw bad(
      'GATE_PERFORMANCE_CHECK',
      valueOf,
      `Loki has no performance check yet, and a gate that cannot run has failed; ${instead}`,
    )
  }
  const minCoverage = readNumber('GATE_MIN_COVERAGE', valueOf, { max: 100, whole: false })
  return {
    profile: name,
    testsRequired: readBoolean('GATE_TESTS_REQUIRED', valueOf),
    minCoverage: minCoverage === 0 ? undefined : minCoverage,
    coverageReport: valueOf('GATE_COVERAGE_REPORT')?.value,
    allow: readFingerprints(valueOf),
    custom: readCustom([...Object.keys(env), ...values.keys()], valueOf),
  }
}

type ValueOf = (key: string) => ProfileValue | undefined

function present(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim()
}

function readBoolean(key: string, valueOf: ValueOf): boolean | undefined {
  const text = valueOf(key)?.value
  if (text === undefined) return undefined
  const flag = flagOf(text)
  if (flag !== undefined) return flag
  throw bad(key, valueOf, 'expected true or false')
}

function readNumber(
  key: string,
  valueOf: ValueOf,
  { max, whole }: { readonly max: number; readonly whole: boolean },
): number | undefined {
  const text = valueOf(key)?.value
  if (text === undefined) return undefined
  const number = (whole ? /^\d{1,3}$/ : /^\d{1,3}(?:\.\d{1,4})?$/).test(text) ? Number(text) : undefined
  if (number !== undefined && number <= max) return number
  throw bad(key, valueOf, `expected a ${whole ? 'whole number' : 'number'} from 0 to ${max}, without a sign or a unit`)
}

function readFingerprints(valueOf: ValueOf): readonly string[] {
  const list = (valueOf('GATE_SECURITY_ALLOW')?.value ?? '').split(/[\s,]+/).filter((part) => part !== '')
  if (list.every((part) => /^(?:[0-9a-f]{4}|[0-9a-f]{12})$/i.test(part))) return list
  throw bad(
    'GATE_SECURITY_ALLOW',
    valueOf,
    'expected fingerprints of findings, 12 or 4 hexadecimal digits each, with commas between',
  )
}

function readCustom(names: readonly string[], valueOf: ValueOf): readonly CustomGate[] {
  const gates = [...new Set(names.filter((name) => name.startsWith(customPrefix)))].sort().flatMap((key) => {
    const command = valueOf(key)?.value
    if (command === undefined) return []
    const word = key.slice(customPrefix.length)
    if (!/^[A-Z][A-Z0-9_]{0,59}$/.test(word)) throw bad(key, valueOf, 'its name takes capitals, digits and _')
    const name = word.toLowerCase().replaceAll('_', '-')
    if (ownNames.includes(name)) throw bad(key, valueOf, `${name} is the name of a gate of Loki's own; choose another`)
    return [{ name, command }]
  })
  if (gates.length <= maxCustom) return gates
  throw new RunnerError('BAD_GATES', `Expected at most ${maxCustom} gates of your own, got ${gates.length}.`)
}

function bad(key: string, valueOf: ValueOf, problem: string): RunnerError {
  const { value = '', place = 'the environment' } = valueOf(key) ?? {}
  return new RunnerError('BAD_GATES', `${key} is ${JSON.stringify(value.slice(0, 80))} in ${place}: ${problem}.`)
}
