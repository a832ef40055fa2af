import { gatesRule } from '../../rules/limit.js'
import { narrowedRule } from '../../rules/typed.js'
import { actionOf, type EntryContext, type ReadEntry, type Section } from '../entry.js'
import { GENERAL_KEYS } from '../general.js'
import { readConditions } from '../matchers.js'

/** `pre_deployment`: gates that must have passed. */
export const PRE_DEPLOYMENT: Section = {
  keys: [...GENERAL_KEYS, 'gates', 'branch', 'tool', 'agent', 'phase', 'when'],
  required: ['name', 'gates'],
  read,
}

function read(context: EntryContext): ReadEntry | undefined {
  const { name, item, fields, reader } = context
  const gates = fields.get('gates')
  const names = gates === undefined ? undefined : reader.texts(gates.value, 'gates')
  const action = fields.has('action') ? actionOf(context) : 'deny'
  const conditions = readConditions(context)
  if (names === undefined || action === undefined) return undefined
  const rule = gatesRule({ name, source: reader.source(item), gates: names, action })
  return { rule: narrowedRule({ ...rule, action }, conditions) }
}
