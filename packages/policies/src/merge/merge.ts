import type { Level } from '../evaluation.js'
import type { ApprovalGate, OpaqueAction, OverridableKey, Placed } from '../file/policy-file.js'
import type { TestedRule } from '../file/entry.js'
import { PACK_LEVELS, type PackLevel } from '../pack/rule.js'
import type { PolicyWarning } from '../problem.js'
import type { Rule } from '../rules/rule.js'
import type { LevelFile } from './places.js'

/** What the files of all levels come to. */
export interface Merged {
  /** Rules in force, uppermost level first. */
  readonly rules: readonly TestedRule[]
  /** Rules that a lower level has replaced, as their levels let it. */
  readonly replaced: readonly Rule[]
  readonly approvalGates: readonly ApprovalGate[]
  readonly detectsSecrets: boolean
  /** Undefined where no file says it. */
  readonly pack: PackLevel | undefined
  /** True where the organisation says which pack holds and does not leave it to the others. */
  readonly packSettled: boolean
  readonly opaque: OpaqueAction | undefined
  readonly warnings: readonly PolicyWarning[]
}

const OPAQUE: readonly OpaqueAction[] = ['allow', 'require_approval', 'deny']
const STRICTNESS = ['allow', 'warn', 'require_approval', 'deny']

/** Puts the files together: a lower level adds, and replaces only what says `overridable`. */
export function mergeLevels(files: readonly LevelFile[], packVariable: PackLevel | undefined): Merged {
  const warnings: PolicyWarning[] = []
  const replaced: Rule[] = []
  let rules: TestedRule[] = []
  for (const { file } of files) {
    for (const { rule } of file.rules) {
      const uppers = rules.map((upper) => upper.rule).filter((upper) => upper.name === rule.name)
      for (const upper of uppers) {
        if (upper.overridable === true) replaced.push(upper)
        else if (strictness(rule) < strictness(upper)) warnings.push(weakerRule(rule, upper))
      }
    }
    rules = [...rules.filter(({ rule }) => !replaced.includes(rule)), ...file.rules]
  }
  const own = settle(files, 'pack', PACK_LEVELS, warnings)
  const organisation = files.find(({ level }) => level === 'organisation')?.file
  const packSettled = organisation?.pack !== undefined && !organisation.overridable.includes('pack')
  return {
    rules,
    replaced,
    approvalGates: files.flatMap(({ file }) => file.approvalGates),
    detectsSecrets: files.some(({ file }) => file.detectsSecrets),
    // The variable goes before the project's word, and cannot weaken the organisation's.
    pack: packVariable === undefined ? own : packSettled ? stricter(packVariable, own) : packVariable,
    packSettled,
    opaque: settle(files, 'opaque', OPAQUE, warnings),
    warnings,
  }
}

function stricter(a: PackLevel, b: PackLevel | undefined): PackLevel {
  return b === undefined || PACK_LEVELS.indexOf(a) > PACK_LEVELS.indexOf(b) ? a : b
}

/** The value of a key of the whole file: each level may make it stricter, and weaker where the one above lets it. */
function settle<T extends string>(
  files: readonly LevelFile[],
  key: OverridableKey,
  order: readonly T[],
  warnings: PolicyWarning[],
): T | undefined {
  let value: T | undefined
  let open = true
  for (const { level, path, file } of files) {
    // The callers pair a key with the order of its own values.
    const own = file[key] as Placed<T> | undefined
    if (own === undefined) continue
    if (value === undefined || open || order.indexOf(own.value) >= order.indexOf(value)) value = own.value
    else
      warnings.push({
        code: 'weaker_than_upper',
        file: path ?? '',
        line: own.line,
        column: own.column,
        message: `"${key}: ${own.value}" of the ${level} is weaker than "${value}" of a level above, which holds`,
      })
    open = file.overridable.includes(key)
  }
  return value
}

function strictness(rule: Rule): number {
  return rule.mode === 'shadow' ? -1 : STRICTNESS.indexOf(rule.action ?? 'deny')
}

function weakerRule(rule: Rule, upper: Rule): PolicyWarning {
  const level = (one: Rule): Level => one.level ?? 'built_in'
  return {
    code: 'weaker_than_upper',
    file: rule.source?.file ?? '',
    line: rule.source?.line ?? 0,
    column: rule.source?.column ?? 0,
    rule: rule.name,
    message: `"${rule.name}" of the ${level(rule)} is weaker than that of the ${level(upper)}, which holds as well; only what says "overridable" can be weakened`,
  }
}
