import type { Severity } from '../evaluation.js'
import type { General } from '../rules/general.js'
import type { Fields } from './entry.js'
import type { Reader } from './reader.js'

/** Keys that every rule of a policy may have. */
export const GENERAL_KEYS: readonly string[] = [
  'name',
  'action',
  'reason',
  'suggest',
  'severity',
  'mode',
  'on_missing',
  'overridable',
  'tests',
]

const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low']
const MAX_SENTENCE = 500

/** Reads what an entry says beside what it is about. */
export function readGeneral(fields: Fields, reader: Reader): General {
  const severity = fields.get('severity')
  const mode = fields.get('mode')
  const onMissing = fields.get('on_missing')
  const overridable = fields.get('overridable')
  return {
    severity: severity === undefined ? undefined : reader.oneOf(severity.value, 'severity', SEVERITIES),
    mode: mode === undefined ? undefined : reader.oneOf(mode.value, 'mode', ['enforce', 'shadow']),
    onMissing:
      onMissing === undefined
        ? undefined
        : reader.oneOf(onMissing.value, 'on_missing', ['deny', 'require_approval', 'allow']),
    overridable: overridable === undefined ? undefined : reader.boolean(overridable.value, 'overridable'),
    reason: sentence(fields, 'reason', reader),
    suggest: sentence(fields, 'suggest', reader),
  }
}

/** A sentence for a person, on one line. */
function sentence(fields: Fields, key: string, reader: Reader): string | undefined {
  const entry = fields.get(key)
  const text = entry === undefined ? undefined : reader.text(entry.value, key)
  if (entry === undefined || text === undefined) return undefined
  if (text.length > MAX_SENTENCE)
    reader.problem(entry.value, 'too_large', `${key} has ${text.length} characters; at most ${MAX_SENTENCE} are taken`)
  return text.replace(/\s+/g, ' ')
}
