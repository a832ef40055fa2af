import type { RuleAction, Source } from '../evaluation.js'
import type { Comparison } from './match/condition.js'
import { type Breach, NO_BREACH, type Rule } from './rule.js'

interface Named {
  readonly name: string
  readonly source: Source
}

/** `active_agents <= N`: asked when an agent starts, and whenever the caller says how many are at work. */
export function activeAgentsRule(rule: Named & { readonly limit: number; readonly action: RuleAction }): Rule {
  return {
    name: rule.name,
    point: 'pre_execution',
    source: rule.source,
    compare: ({ input: { activeAgents } }) => [
      compared('active_agents', `<= ${rule.limit}`, activeAgents, { holds: (activeAgents ?? 0) <= rule.limit }),
    ],
    check({ input: { activeAgents, kind } }) {
      if (activeAgents === undefined && kind !== 'agent') return NO_BREACH
      if (!isCount(activeAgents)) return [unknown('how many agents are at work', rule.action)]
      if (activeAgents <= rule.limit) return NO_BREACH
      return [
        {
          action: rule.action,
          reason: `${activeAgents} agents are at work and at most ${rule.limit} may be`,
          suggest: 'wait until another agent has finished',
        },
      ]
    },
  }
}

/** What a `resource` entry bounds. */
export interface ResourceRule extends Named {
  readonly maxTokens: number | undefined
  readonly alerts: readonly number[]
  readonly onExceed: RuleAction
  readonly providers: readonly string[] | undefined
  readonly action: RuleAction
}

/** `max_tokens`, `alerts` and `providers` of a resource entry. */
export function resourceRule(rule: ResourceRule): Rule {
  return {
    name: rule.name,
    point: 'resource',
    source: rule.source,
    compare({ input: { tokensUsed, provider } }) {
      const { maxTokens, providers } = rule
      const fits = (name: string): boolean => name.toLowerCase() === provider?.toLowerCase()
      return [
        ...(maxTokens === undefined
          ? []
          : [compared('max_tokens', `< ${maxTokens}`, tokensUsed, { holds: (tokensUsed ?? 0) < maxTokens })]),
        ...(providers === undefined
          ? []
          : [compared('providers', providers.join(', '), provider, { holds: providers.some(fits) })]),
      ]
    },
    check({ input }) {
      const breaches: Breach[] = []
      // Only a call of a model spends tokens; what else an agent does is not held up by a count that nobody has.
      const spends = input.kind === 'model_call' || input.tokensUsed !== undefined
      if (rule.maxTokens !== undefined && spends) breaches.push(...checkTokens(rule, rule.maxTokens, input.tokensUsed))
      if (rule.providers !== undefined) breaches.push(...checkProvider(rule, rule.providers, input.provider))
      return breaches
    },
  }
}

function checkTokens(rule: ResourceRule, limit: number, used: number | undefined): readonly Breach[] {
  if (!isCount(used)) return [unknown('how many tokens were used', rule.onExceed)]
  if (used >= limit)
    return [
      {
        action: rule.onExceed,
        reason: `${used} of ${limit} tokens are used`,
        suggest: 'stop here, or raise max_tokens in the policy',
      },
    ]
  const reached = rule.alerts.filter((percent) => used * 100 >= limit * percent)
  if (reached.length === 0) return NO_BREACH
  return [
    {
      action: 'warn',
      reason: `${used} of ${limit} tokens are used, past the alert at ${Math.max(...reached)} %`,
      suggest: 'plan for the rest of the work',
    },
  ]
}

function checkProvider(
  rule: ResourceRule,
  allowed: readonly string[],
  provider: string | undefined,
): readonly Breach[] {
  if (provider === undefined || provider.trim() === '') return [unknown('which provider is called', rule.action)]
  if (allowed.some((name) => name.toLowerCase() === provider.toLowerCase())) return NO_BREACH
  return [
    {
      action: rule.action,
      reason: `the provider ${provider} is not one of ${allowed.join(', ')}`,
      suggest: `use ${allowed.join(' or ')}`,
    },
  ]
}

/** `gates` of a pre_deployment entry: each has passed. */
export function gatesRule(rule: Named & { readonly gates: readonly string[]; readonly action: RuleAction }): Rule {
  return {
    name: rule.name,
    point: 'pre_deployment',
    source: rule.source,
    compare: ({ input: { passedGates } }) => [
      compared('gates', rule.gates.join(', '), passedGates?.join(', '), {
        holds: rule.gates.every((gate) => passedGates?.includes(gate)),
      }),
    ],
    check({ input: { passedGates } }) {
      const open = rule.gates.filter((gate) => passedGates?.includes(gate) !== true)
      if (open.length === 0) return NO_BREACH
      const reason =
        passedGates === undefined
          ? `which gates have passed is not known; needed: ${open.join(', ')}`
          : `these gates have not passed: ${open.join(', ')}`
      const suggest = `make ${open.join(', ')} pass first`
      return [{ action: rule.action, reason, suggest, ...(passedGates === undefined ? { unchecked: 'missing' } : {}) }]
    },
  }
}

/** What a limit looked at; `yes` where it is kept. */
function compared(
  field: string,
  wanted: string,
  found: string | number | undefined,
  { holds }: { holds: boolean },
): Comparison {
  return {
    field,
    wanted,
    found: String(found ?? 'nothing'),
    answer: found === undefined ? 'absent' : holds ? 'yes' : 'no',
  }
}

// A rule that cannot be checked is broken: the answer is no, whatever stricter reading it has.
function unknown(what: string, action: RuleAction): Breach {
  return {
    action,
    reason: `the rule needs to know ${what}, and the action does not say`,
    suggest: `tell the guard ${what}`,
    unchecked: 'missing',
  }
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}
