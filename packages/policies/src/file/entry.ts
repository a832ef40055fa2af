import type { ExpressionCompiler } from '../expression/compile.js'
import type { RuleAction } from '../evaluation.js'
import type { Rule } from '../rules/rule.js'
import type { ApprovalGate } from './policy-file.js'
import type { InlineTest } from './inline-test.js'
import type { Located, LocatedEntry } from './located.js'
import type { Reader } from './reader.js'

/** The keys of one entry. */
export type Fields = ReadonlyMap<string, LocatedEntry>

/** One entry of a section, on its way to a rule. */
export interface EntryContext {
  readonly name: string
  readonly item: Located
  readonly fields: Fields
  readonly reader: Reader
  readonly expressions: ExpressionCompiler
  readonly patterns: PatternBudget
}

/** What an entry comes to; undefined where it has a defect. */
export interface ReadEntry {
  readonly rule?: Rule | undefined
  readonly approvalGate?: ApprovalGate
  /** True where it stands in for the built-in secret detection. */
  readonly detectsSecrets?: boolean
}

/** How one section is read. */
export interface Section {
  readonly keys: readonly string[]
  readonly required: readonly string[]
  readonly read: (context: EntryContext) => ReadEntry | undefined
}

/** A rule with the tests that its entry brings. */
export interface TestedRule {
  readonly rule: Rule
  readonly tests: readonly InlineTest[]
}

/** What the patterns of a file may cost to compile in all. */
export interface PatternBudget {
  left: number
  /** How many globs the braces of paths may still stand for. */
  forms: number
  /** How many characters the command patterns may still have. */
  commands: number
}

/** What a rule that objects may do. */
export const ACTIONS: readonly RuleAction[] = ['deny', 'require_approval', 'warn']

export function actionOf({ fields, reader }: Pick<EntryContext, 'fields' | 'reader'>): RuleAction | undefined {
  const entry = fields.get('action')
  return entry === undefined ? undefined : reader.oneOf(entry.value, 'action', ACTIONS)
}

export function textOf({ fields, reader }: Pick<EntryContext, 'fields' | 'reader'>, key: string): string | undefined {
  const entry = fields.get(key)
  return entry === undefined ? undefined : reader.text(entry.value, key)
}
