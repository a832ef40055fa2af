import type { RuleAction } from '../../evaluation.js'
import { resourceRule } from '../../rules/limit.js'
import { narrowedRule } from '../../rules/typed.js'
import { actionOf, type EntryContext, type ReadEntry, type Section } from '../entry.js'
import { GENERAL_KEYS } from '../general.js'
import { readConditions } from '../matchers.js'

/** `resource`: tokens that may be used and providers that may be called. */
export const RESOURCE: Section = {
  keys: [
    ...GENERAL_KEYS,
    'max_tokens',
    'alerts',
    'on_exceed',
    'providers',
    'provider',
    'model',
    'tool',
    'agent',
    'phase',
    'when',
  ],
  required: ['name'],
  read,
}

const MAX_ALERTS = 100

function read(context: EntryContext): ReadEntry | undefined {
  const { name, item, fields, reader } = context
  if (!fields.has('max_tokens') && !fields.has('providers'))
    reader.problem(item, 'missing_field', 'an entry of resource needs "max_tokens" or "providers"')
  for (const key of ['alerts', 'on_exceed'])
    if (fields.has(key) && !fields.has('max_tokens'))
      reader.problem(item, 'missing_field', `"${key}" means nothing without "max_tokens"`)
  const tokens = fields.get('max_tokens')
  const maxTokens = tokens === undefined ? undefined : reader.number(tokens.value, 'max_tokens', { least: 1 })
  const alerts = readAlerts(context)
  const onExceed = readExceed(context)
  const allowed = fields.get('providers')
  const providers = allowed === undefined ? undefined : reader.texts(allowed.value, 'providers')
  const action = fields.has('action') ? actionOf(context) : 'deny'
  const conditions = readConditions(context)
  if (onExceed === undefined || action === undefined) return undefined
  const source = reader.source(item)
  const rule = resourceRule({ name, source, maxTokens, alerts, onExceed, providers, action })
  return { rule: narrowedRule({ ...rule, action: maxTokens === undefined ? action : onExceed }, conditions) }
}

function readAlerts({ fields, reader }: EntryContext): readonly number[] {
  const listed = fields.get('alerts')
  if (listed === undefined) return []
  return reader
    .items(listed.value, 'alerts')
    .slice(0, MAX_ALERTS)
    .flatMap((one) => reader.number(one, 'each of alerts (percent)', { least: 1, most: 100 }) ?? [])
}

function readExceed({ fields, reader }: EntryContext): RuleAction | undefined {
  const exceed = fields.get('on_exceed')
  if (exceed === undefined) return 'deny'
  const read = reader.oneOf(exceed.value, 'on_exceed', ['shutdown', 'warn', 'require_approval'])
  return read === 'shutdown' ? 'deny' : read
}
