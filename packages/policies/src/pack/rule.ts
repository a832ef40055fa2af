import type { CommandAnalysis } from '../command/analysis.js'
import type { RuleAction } from '../evaluation.js'
import type { Facts } from '../rules/facts.js'
import type { Invocation } from './invocation.js'

/** How much of the built-in pack is in force; each level holds the rules of the ones before it. */
export type PackLevel = 'off' | 'minimal' | 'standard' | 'strict'

export const PACK_LEVELS: readonly PackLevel[] = ['off', 'minimal', 'standard', 'strict']

/** How bad it is when the rule is broken. */
type Severity = 'medium' | 'high' | 'critical'

/** A script that is judged as a whole. */
export interface Script {
  readonly facts: Facts
  readonly analysis: CommandAnalysis | undefined
  /** Its innermost commands; empty where the action is not a command. */
  readonly invocations: readonly Invocation[]
}

/** One rule of the pack, written as data: the matcher says what is wrong with one command, or nothing. */
export interface PackRule {
  /** `<family>.<rule>`; the violation is named `loki_pack.<family>.<rule>`. */
  readonly name: string
  /** What it is against, for the table of rules. */
  readonly title: string
  readonly severity: Severity
  /** The lowest level at which it holds. */
  readonly level: 'minimal' | 'standard' | 'strict'
  readonly action: Exclude<RuleAction, 'warn'>
  /** What to do instead. */
  readonly suggest: string
  /** Programs whose commands are looked at by `command`. */
  readonly programs?: readonly string[]
  /** The reason against one command; undefined where there is none. */
  readonly command?: (invocation: Invocation, script: Script) => string | undefined
  /** The reason against the script as a whole, or against the paths that the action names. */
  readonly script?: (script: Script) => string | undefined
  readonly examples: { readonly deny: readonly string[]; readonly allow: readonly string[] }
}
