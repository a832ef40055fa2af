import { type RuleAction } from '../../evaluation.js'
import { activeAgentsRule } from '../../rules/limit.js'
import { pathScopeRule } from '../../rules/path-scope.js'
import { narrowedRule, typedRule } from '../../rules/typed.js'
import { ACTIONS, actionOf, type EntryContext, type ReadEntry, type Section, textOf } from '../entry.js'
import { GENERAL_KEYS } from '../general.js'
import { MATCHER_KEYS, readConditions } from '../matchers.js'
import { readSentence } from '../sentence.js'

/** `pre_execution`: a sentence, or what an action must not be. */
export const PRE_EXECUTION: Section = {
  keys: [...GENERAL_KEYS, 'rule', ...MATCHER_KEYS],
  required: ['name', 'action'],
  read: (context) => (context.fields.has('rule') ? readSentenceEntry(context) : readTyped(context)),
}

function readSentenceEntry(context: EntryContext): ReadEntry | undefined {
  const { name, item, fields, reader } = context
  const action = actionOf(context)
  const conditions = readConditions(context)
  const written = fields.get('rule')?.value
  const text = textOf(context, 'rule')
  if (written === undefined || text === undefined) return undefined
  const sentence = readSentence(text)
  const source = reader.source(item)
  if (typeof sentence === 'string') reader.problem(written, 'unknown_rule', sentence)
  if (typeof sentence === 'string' || action === undefined) return undefined
  const rule =
    sentence.kind === 'active_agents'
      ? activeAgentsRule({ name, source, action, limit: sentence.limit })
      : pathScopeRule({ name, source, action, folders: undefined, reads: false })
  return { rule: narrowedRule({ ...rule, action }, conditions) }
}

function readTyped(context: EntryContext): ReadEntry | undefined {
  const { name, item, fields, reader } = context
  const written = fields.get('action')
  const action =
    written === undefined
      ? undefined
      : reader.oneOf<RuleAction | 'allow'>(written.value, 'action', ['allow', ...ACTIONS])
  const conditions = readConditions(context)
  const about = MATCHER_KEYS.filter((key) => key !== 'access')
  if (!about.some((key) => fields.has(key)))
    reader.problem(
      item,
      'missing_field',
      `an entry of pre_execution lacks "rule", or what it is about: ${about.join(', ')}`,
    )
  const overridable = fields.get('overridable')
  if (action === 'allow' && overridable !== undefined)
    reader.problem(overridable, 'wrong_type', '"overridable" means nothing with "action: allow"')
  if (action === undefined || conditions.length === 0) return undefined
  return { rule: typedRule({ name, point: 'pre_execution', source: reader.source(item), action, conditions }) }
}
