export { analyzeCommand } from './command/analyze.js'
export { checkPattern } from './data/pattern.js'
export { redact, scan } from './data/scan.js'
export { PolicyError } from './error.js'
export { openPolicies } from './policies.js'
export { describeProblem } from './problem.js'
export { readResidency } from './residency/read.js'
export { checkProvider } from './residency/residency.js'

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
export type { AllowedFinding } from './data/allow.js'
export type { Finding, FindingCategory } from './data/finding.js'
export type { LinearPattern } from './data/pattern.js'
export type { ScanOptions } from './data/scan.js'
export type { PolicyErrorCode } from './error.js'
export type { Evaluation, Level, LiftedViolation, RuleAction, Severity, Source, Violation } from './evaluation.js'
export type { ExplainedRule, Explanation, RuleInForce, RuleOutcome } from './explain.js'
export type { ApprovalGate } from './file/policy-file.js'
export type { Decision, EnforcementPoint, PolicyInput } from './input.js'
export type { RealPath } from './paths/identity.js'
export type { Policies, PolicyOptions } from './policies.js'
export type { PolicyProblem, PolicyWarning, ProblemCode, WarningCode } from './problem.js'
export type { Answer, Comparison } from './rules/match/condition.js'
export type { ResidencyReading } from './residency/read.js'
export type { Residency, ResidencyVerdict } from './residency/residency.js'
