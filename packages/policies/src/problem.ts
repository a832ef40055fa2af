/** What is wrong with a policy file or variable. Codes are API. */
export type ProblemCode =
  | 'unreadable'
  | 'too_large'
  | 'ambiguous'
  | 'syntax'
  | 'wrong_type'
  | 'missing_field'
  | 'unknown_key'
  | 'unknown_rule'
  | 'unknown_value'
  | 'unsafe_pattern'
  | 'invalid_matcher'
  | 'invalid_expression'
  | 'failed_test'
  | 'invalid_variable'

/** One defect; while there is any, every evaluation is DENY. */
export interface PolicyProblem {
  /** Path of the file, or name of the variable. */
  readonly file: string
  /** Counts from 1; 0 where the defect is not in a line (an unreadable file, a variable). */
  readonly line: number
  readonly column: number
  /** What was expected, what came. */
  readonly message: string
  readonly code: ProblemCode
}

/** `file:line:column: message`, the form that editors can follow. */
export function describeProblem(problem: PolicyProblem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file
  return `${place}: ${problem.message}`
}

/** What looks like a mistake in a policy and does not keep it from being used. Codes are API. */
export type WarningCode =
  'never_matches' | 'shadowed' | 'no_reason' | 'untested' | 'weaker_than_upper' | 'lifts_nothing'

/** One remark on a policy; it changes no decision. */
export interface PolicyWarning {
  readonly code: WarningCode
  readonly file: string
  /** Counts from 1. */
  readonly line: number
  readonly column: number
  readonly message: string
  /** The rule that it is about. */
  readonly rule?: string
}
