import { homedir, tmpdir } from 'node:os'
import { isAbsolute } from 'node:path'
import { concludes, type Evaluation, type Violation } from './evaluation.js'
import { PolicyError } from './error.js'
import { loadPolicies, policyPaths } from './file/load.js'
import type { ApprovalGate } from './file/schema.js'
import { ENFORCEMENT_POINTS, type EnforcementPoint, type PolicyInput } from './input.js'
import { packRules } from './pack/pack.js'
import { realPath, type RealPath } from './paths/identity.js'
import { describeProblem, type PolicyProblem } from './problem.js'
import { canaryRule, opaqueRule, readableRule, remoteScriptRule } from './rules/built-in.js'
import { dataRule } from './rules/data.js'
import { Facts, type Surroundings } from './rules/facts.js'
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
  /** The file's `approval_gates`, as data. */
  readonly approvalGates: readonly ApprovalGate[]
  /** Asks the rules of one enforcement point. Throws {@link PolicyError} for a point that there is not. */
  evaluate(point: EnforcementPoint, input: PolicyInput): Evaluation
  /** Asks every enforcement point that concerns the input; the strictest answer wins. */
  decide(input: PolicyInput): Evaluation
}

/** Reads the policy file and the variables once and compiles them. Never throws for a bad policy: see `problems`. */
export function openPolicies(options: PolicyOptions): Policies {
  const { projectDir, env = process.env, enabled, file } = options
  if (!isAbsolute(projectDir))
    throw new PolicyError(
      'invalid_options',
      `projectDir: expected an absolute path, found "${projectDir}"; resolve it first`,
    )
  if (enabled === false) return OFF
  const home = env.HOME ?? homedir()
  const files = file === undefined ? policyPaths(projectDir) : [file]
  const loaded = loadPolicies(files, { required: file !== undefined })
  const variables = readVariables(env, { projectDir, home })
  const level = readPackLevel(env)
  if (enabled !== true && !loaded.found && !variables.found && level === undefined)
    return Object.freeze({ ...OFF, files })

  const packed = typeof level === 'string' ? level : (loaded.file.pack ?? (enabled === true ? 'standard' : 'off'))
  const secrets = loaded.file.detectsSecrets ? [] : [BUILT_IN_SECRETS]
  const rules = [
    canaryRule,
    readableRule,
    remoteScriptRule,
    ...variables.rules,
    ...loaded.file.rules,
    protectionRule(protectedPaths(home, env)),
    ...packRules(packed),
    ...secrets,
    opaqueRule,
  ]
  const surroundings: Surroundings = {
    home,
    temporary: [...new Set([env.TMPDIR ?? tmpdir(), '/tmp', '/var/tmp'].filter((path) => isAbsolute(path)))],
    realPath: options.realPath ?? realPath,
  }
  const problems = [...loaded.problems, ...variables.problems, ...(typeof level === 'object' ? [level] : [])]
  return Object.freeze(compile({ rules, surroundings, files, problems, approvalGates: loaded.file.approvalGates }))
}

const BUILT_IN_SECRETS: Rule = dataRule({
  name: 'loki_secret_detection',
  type: 'secret_detection',
  patterns: [],
  action: 'deny',
})

const NOTHING = concludes([])

const OFF: Policies = Object.freeze({
  enabled: false,
  files: [],
  problems: [],
  approvalGates: [],
  evaluate: () => NOTHING,
  decide: () => NOTHING,
})

interface Compiled {
  readonly rules: readonly Rule[]
  readonly surroundings: Surroundings
  readonly files: readonly string[]
  readonly problems: readonly PolicyProblem[]
  readonly approvalGates: readonly ApprovalGate[]
}

function compile({ rules, surroundings, files, problems, approvalGates }: Compiled): Policies {
  const byPoint = new Map(ENFORCEMENT_POINTS.map((point) => [point, rules.filter((rule) => rule.point === point)]))
  const refused = problems.length > 0 ? refuse(problems) : undefined

  const ask = (points: readonly EnforcementPoint[], input: PolicyInput): Evaluation => {
    if (refused !== undefined) return refused
    const facts = new Facts(input, surroundings)
    const violations: Violation[] = []
    for (const point of points) for (const rule of byPoint.get(point) ?? []) violations.push(...askRule(rule, facts))
    return concludes(violations)
  }

  return {
    enabled: true,
    files,
    problems,
    approvalGates,
    evaluate(point, input) {
      if (!byPoint.has(point))
        throw new PolicyError(
          'unknown_point',
          `unknown enforcement point "${point}"; expected ${ENFORCEMENT_POINTS.join(', ')}`,
        )
      return ask([point], input)
    },
    decide: (input) => ask(pointsOf(input), input),
  }
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

// A rule that cannot be checked to its end counts as broken.
function askRule(rule: Rule, facts: Facts): readonly Violation[] {
  const named = { rule: rule.name, point: rule.point, ...(rule.source === undefined ? {} : { source: rule.source }) }
  try {
    return rule.check(facts).map((breach) => ({ ...named, ...breach }))
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return [
      {
        ...named,
        action: 'deny',
        reason: `the rule could not be checked: ${detail}`,
        suggest: 'use plain paths and plain commands',
      },
    ]
  }
}

function refuse(problems: readonly PolicyProblem[]): Evaluation {
  return concludes(
    problems.map((problem) => ({
      rule: 'loki_policy_problem',
      point: 'pre_execution',
      action: 'deny',
      reason: `the policy cannot be used: ${describeProblem(problem)}`,
      suggest: 'mend the policy; until then everything is denied',
      ...(problem.line > 0 ? { source: { file: problem.file, line: problem.line, column: problem.column } } : {}),
    })),
  )
}
