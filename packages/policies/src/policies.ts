import { homedir, tmpdir } from 'node:os'
import { isAbsolute } from 'node:path'
import { decider } from './decide.js'
import { PolicyError } from './error.js'
import { concludes, type Evaluation, NO_OBJECTION, type Violation } from './evaluation.js'
import { describeRule, explain, type Explanation, type RuleInForce } from './explain.js'
import type { ApprovalGate } from './file/policy-file.js'
import { ENFORCEMENT_POINTS, type EnforcementPoint, type PolicyInput } from './input.js'
import { lint } from './lint.js'
import { mergeLevels } from './merge/merge.js'
import { readLevels } from './merge/places.js'
import { PACK, PACK_PREFIX, packRules } from './pack/pack.js'
import type { PackLevel } from './pack/rule.js'
import { realPath, type RealPath } from './paths/identity.js'
import { describeProblem, type PolicyProblem, type PolicyWarning } from './problem.js'
import { readResidency } from './residency/read.js'
import { residencyRule } from './residency/rule.js'
import { canaryRule, opaqueRule, readableRule, remoteScriptRule } from './rules/built-in.js'
import { dataRule } from './rules/data.js'
import type { Surroundings } from './rules/facts.js'
import { protectedPaths, protectionRule } from './rules/protection.js'
import type { Rule } from './rules/rule.js'
import { readPackLevel } from './variables/pack.js'
import { readVariables } from './variables/scope.js'

/** Where policies come from. */
export interface PolicyOptions {
  /** Absolute root of the governed project. */
  readonly projectDir: string
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /**
   * True: on, with the built-in rules, also without a file. False: off. Default: on where a policy file is there or one
   * of the variables is set.
   */
  readonly enabled?: boolean
  /** This file instead of `.loki/policies.{yaml,yml,json}`; it must be there. */
  readonly file?: string
  /** Absolute path of the organisation's file; default `LOKI_POLICY_FILE`, else `/etc/loki/policies.yaml` if there. */
  readonly organisationFile?: string
  /** Absolute path of the session's file; default `LOKI_SESSION_POLICY_FILE`, else none. */
  readonly sessionFile?: string
  /** How a path becomes real; default the file system. */
  readonly realPath?: RealPath
}

/** An immutable snapshot of what may be done. */
export interface Policies {
  readonly enabled: boolean
  /** Every path whose change means: open again; some of them need not exist. */
  readonly files: readonly string[]
  /** While there is any, every evaluation is DENY and names the first. */
  readonly problems: readonly PolicyProblem[]
  /** Remarks on the policy; they change no decision. */
  readonly warnings: readonly PolicyWarning[]
  /** The files' `approval_gates`, as data. */
  readonly approvalGates: readonly ApprovalGate[]
  /** Asks the rules of one enforcement point. Throws {@link PolicyError} for a point that there is not. */
  evaluate(point: EnforcementPoint, input: PolicyInput): Evaluation
  /** Asks every enforcement point that concerns the input; the strictest answer wins. */
  decide(input: PolicyInput): Evaluation
  /** Decides like `decide`, and says what each rule looked at and why. Slower: for people, not for every action. */
  explain(input: PolicyInput): Explanation
  /** The rules in force, in the order in which they are asked. */
  describe(): readonly RuleInForce[]
}

/** Reads the policy files and the variables once and compiles them. Never throws for a bad policy: see `problems`. */
export function openPolicies(options: PolicyOptions): Policies {
  const { projectDir, env = process.env, enabled, file, organisationFile, sessionFile } = options
  if (!isAbsolute(projectDir))
    throw new PolicyError(
      'invalid_options',
      `projectDir: expected an absolute path, found "${projectDir}"; resolve it first`,
    )
  if (enabled === false) return OFF
  const home = env.HOME ?? homedir()
  const levels = readLevels({ env, projectDir, home, file, organisationFile, sessionFile })
  const variables = readVariables(env, { projectDir, home })
  const residency = readResidency({ projectDir, env })
  const level = readPackLevel(env)
  const files = [...levels.flatMap(({ paths }) => paths), residency.file]
  const found = levels.some((one) => one.found) || variables.found || residency.found || level !== undefined
  if (enabled !== true && !found) return Object.freeze({ ...OFF, files })

  const merged = mergeLevels(levels, typeof level === 'string' ? level : undefined)
  const packed = merged.pack ?? (enabled === true ? 'standard' : 'off')
  const secrets = merged.detectsSecrets ? [] : [BUILT_IN_SECRETS]
  const builtIn = [
    canaryRule,
    readableRule(merged.opaque),
    remoteScriptRule,
    ...[...variables.rules, ...residencyRule(residency.residency)].map((rule): Rule => ({
      ...rule,
      level: 'variables',
    })),
  ]
  const below = [
    protectionRule(protectedPaths(home, env)),
    ...builtInPack(packed, merged.packSettled),
    ...secrets,
    opaqueRule(merged.opaque),
  ]
  const surroundings: Surroundings = {
    home,
    temporary: [...new Set([env.TMPDIR ?? tmpdir(), '/tmp', '/var/tmp'].filter((path) => isAbsolute(path)))],
    realPath: options.realPath ?? realPath,
  }
  const problems = [
    ...levels.flatMap((one) => one.problems),
    ...variables.problems,
    ...residency.problems,
    ...(typeof level === 'object' ? [level] : []),
  ]
  return Object.freeze(
    compile({
      rules: [...builtIn, ...merged.rules.map(({ rule }) => rule), ...below],
      replaced: merged.replaced,
      surroundings,
      files,
      problems,
      warnings: problems.length > 0 ? [] : [...merged.warnings, ...lint(merged.rules, [...builtIn, ...below])],
      approvalGates: merged.approvalGates,
    }),
  )
}

const BUILT_IN_SECRETS: Rule = {
  ...dataRule({ name: 'loki_secret_detection', type: 'secret_detection', patterns: [], action: 'deny' }),
  action: 'deny',
}

/** The rules of the pack with what its table says of them. What asks is the project's to allow, unless the organisation has settled the pack. */
function builtInPack(level: PackLevel, settled: boolean): readonly Rule[] {
  const table = new Map(PACK.map((rule) => [PACK_PREFIX + rule.name, rule]))
  return packRules(level).map((rule): Rule => {
    const entry = table.get(rule.name)
    if (entry === undefined) return { ...rule, level: 'pack' }
    const { action, severity } = entry
    return { ...rule, level: 'pack', action, severity, askedBy: settled ? 'organisation' : 'project' }
  })
}

const OFF: Policies = Object.freeze({
  enabled: false,
  files: [],
  problems: [],
  warnings: [],
  approvalGates: [],
  evaluate: () => NO_OBJECTION,
  decide: () => NO_OBJECTION,
  explain: () => ({ evaluation: NO_OBJECTION, points: [], rules: [], path: ['policies are off'] }),
  describe: () => [],
})

interface Compiled extends Pick<Policies, 'files' | 'problems' | 'warnings' | 'approvalGates'> {
  readonly rules: readonly Rule[]
  readonly replaced: readonly Rule[]
  readonly surroundings: Surroundings
}

function compile({ rules, replaced, surroundings, ...known }: Compiled): Policies {
  const refused = known.problems.length > 0 ? refuse(known.problems) : undefined
  const rulesInForce = decider(rules, surroundings)
  const ask = (points: readonly EnforcementPoint[], input: PolicyInput): Evaluation => rulesInForce.ask(points, input)
  return {
    enabled: true,
    ...known,
    evaluate(point, input) {
      const points = ONE_POINT[point]
      if (!Object.hasOwn(ONE_POINT, point))
        throw new PolicyError(
          'unknown_point',
          `unknown enforcement point "${point}"; expected ${ENFORCEMENT_POINTS.join(', ')}`,
        )
      return refused ?? ask(points, input)
    },
    decide: (input) => refused ?? ask(pointsOf(input), input),
    explain(input) {
      const points = pointsOf(input)
      if (refused !== undefined) return { evaluation: refused, points, rules: [], path: [`DENY: ${refused.reason}`] }
      return explain({ rules, replaced, surroundings, points, input })
    },
    describe: () => rules.map(describeRule),
  }
}

const ONE_POINT: Readonly<Record<EnforcementPoint, readonly EnforcementPoint[]>> = {
  pre_execution: ['pre_execution'],
  pre_deployment: ['pre_deployment'],
  resource: ['resource'],
  data: ['data'],
}

/** Enforcement points that concern an action. */
function pointsOf(input: PolicyInput): readonly EnforcementPoint[] {
  const points: EnforcementPoint[] = ['pre_execution']
  if (input.kind === 'deploy' || input.passedGates !== undefined) points.push('pre_deployment')
  if (input.kind === 'model_call' || input.provider !== undefined || input.tokensUsed !== undefined)
    points.push('resource')
  if (input.content !== undefined || input.command !== undefined) points.push('data')
  return points
}

function refuse(problems: readonly PolicyProblem[]): Evaluation {
  const broken = problems.map((problem): Violation => ({
    rule: 'loki_policy_problem',
    point: 'pre_execution',
    level: 'built_in',
    action: 'deny',
    reason: `the policy cannot be used: ${describeProblem(problem)}`,
    suggest: 'mend the policy; until then everything is denied',
    ...(problem.line > 0 ? { source: { file: problem.file, line: problem.line, column: problem.column } } : {}),
  }))
  return concludes({ broken, shadow: [], lifted: [] })
}
