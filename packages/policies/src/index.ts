export { analyzeCommand } from './command/analyze.js'
export { redact, scan } from './data/scan.js'
export { PolicyError } from './error.js'
export { openPolicies } from './policies.js'
export { describeProblem } from './problem.js'

export type {
  AnalysisError,
  Argument,
  CommandAnalysis,
  OpaqueKind,
  OpaquePart,
  PathAccess,
  PathUse,
  SimpleCommand,
} from './command/analysis.js'
export type { AnalyzeOptions } from './command/analyze.js'
export type { Finding, FindingCategory } from './data/finding.js'
export type { ScanOptions } from './data/scan.js'
export type { PolicyErrorCode } from './error.js'
export type { Evaluation, RuleAction, Source, Violation } from './evaluation.js'
export type { ApprovalGate } from './file/schema.js'
export type { Decision, EnforcementPoint, PolicyInput } from './input.js'
export type { RealPath } from './paths/identity.js'
export type { Policies, PolicyOptions } from './policies.js'
export type { PolicyProblem, ProblemCode } from './problem.js'
