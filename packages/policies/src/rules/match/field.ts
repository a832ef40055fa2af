import type { PolicyInput } from '../../input.js'
import { globMatcher } from '../../paths/glob.js'
import type { Facts } from '../facts.js'
import { type Answer, anyOf, ASPECT, type Condition } from './condition.js'
import type { ServiceMatcher } from './service.js'

/** A key that compares one field with names; `*` and `?` stand for any characters and for one, case does not matter. */
export type NameField = 'tool' | 'agent' | 'phase' | 'provider' | 'model'

const MODEL: Pick<Condition, 'aspects'> = { aspects: ASPECT.model }
// The kind of action that always has the field: without it, it is missing.
const NEEDED: Readonly<Record<NameField, string | undefined>> = {
  tool: 'mcp_tool',
  agent: 'agent',
  phase: undefined,
  provider: 'model_call',
  model: 'model_call',
}

/** `tool`, `agent`, `phase`, `provider` or `model`: the field is one of the names. */
export function nameCondition(field: NameField, names: readonly string[]): Condition {
  const matchers = names.map((name) => globMatcher(name.toLowerCase()))
  const aboutModels = field === 'provider' || field === 'model'
  const ask = ({ input }: Facts): Answer => {
    const value = textOf(input, field)
    if (value === undefined) {
      if (input.kind === NEEDED[field]) return 'missing'
      return aboutModels ? 'no' : 'absent'
    }
    const name = value.toLowerCase()
    return matchers.some((matches) => matches(name)) ? 'yes' : 'no'
  }
  return {
    field,
    wanted: names,
    ...(aboutModels ? MODEL : {}),
    ask,
    covers: (facts) => ask(facts) === 'yes',
    found: ({ input }) => textOf(input, field) ?? 'nothing',
  }
}

/** `service`: the MCP server and tool. */
export function serviceCondition(services: readonly { text: string; matches: ServiceMatcher }[]): Condition {
  const ask = ({ input: { kind, server, tool } }: Facts): Answer => {
    if (server === undefined) return kind === 'mcp_tool' ? 'missing' : 'no'
    return anyOf(services.map(({ matches }) => toAnswer(matches(server, tool))))
  }
  return {
    field: 'service',
    wanted: services.map(({ text }) => text),
    aspects: ASPECT.service,
    ask,
    covers: (facts) => ask(facts) === 'yes',
    found: ({ input: { server, tool } }) =>
      server === undefined
        ? 'nothing'
        : `${server.name}${server.source === undefined ? '' : `@${server.source}`}/${tool ?? '?'}`,
  }
}

function toAnswer(answer: boolean | undefined): Answer {
  return answer === undefined ? 'missing' : answer ? 'yes' : 'no'
}

function textOf(input: PolicyInput, field: NameField): string | undefined {
  const value = input[field]
  return value === undefined || value.trim() === '' ? undefined : value
}
