import { type AllowedFinding, readUntil } from '../../data/allow.js'
import { checkName, MAX_NAMES } from '../../data/names.js'
import { checkPattern, type LinearPattern, MAX_PATTERNS } from '../../data/pattern.js'
import { dataRule } from '../../rules/data.js'
import { narrowedRule } from '../../rules/typed.js'
import { actionOf, type EntryContext, type ReadEntry, type Section } from '../entry.js'
import { GENERAL_KEYS } from '../general.js'
import type { Located } from '../located.js'
import { MATCHER_KEYS, readConditions } from '../matchers.js'

/** `data`: secrets and personal data that an action must not carry. */
export const DATA: Section = {
  keys: [...GENERAL_KEYS, 'type', 'patterns', 'names', 'allow', ...MATCHER_KEYS],
  required: ['name', 'type', 'action'],
  read,
}

const MAX_ALLOWED = 1000

function read(context: EntryContext): ReadEntry | undefined {
  const { name, item, fields, reader } = context
  const written = fields.get('type')
  const type =
    written === undefined
      ? undefined
      : reader.oneOf(written.value, 'type', ['secret_detection', 'pii_detection', 'pii_scanning'])
  const action = actionOf(context)
  const patterns = readPatterns(context)
  const names = readNames(context)
  const allow = readAllowed(context)
  const conditions = readConditions(context)
  if (type === undefined || action === undefined) return undefined
  const secrets = type === 'secret_detection'
  const source = reader.source(item)
  const kind = secrets ? type : 'pii_detection'
  const rule = dataRule({ name, type: kind, patterns, names, allow, action, source })
  // One that looks at some actions only, or only in the shadow, leaves the others to the built-in one.
  const whole =
    conditions.length === 0 && (fields.get('mode')?.value as { value?: unknown } | undefined)?.value !== 'shadow'
  return { rule: narrowedRule({ ...rule, action }, conditions), detectsSecrets: secrets && whole }
}

function readPatterns({ fields, reader, patterns: budget }: EntryContext): readonly LinearPattern[] {
  const listed = fields.get('patterns')
  const found: LinearPattern[] = []
  for (const item of bounded(listed?.value, 'patterns', { reader, most: MAX_PATTERNS })) {
    const source = reader.text(item, 'each of patterns')
    if (source === undefined) continue
    budget.left -= weight(source)
    const pattern = budget.left < 0 ? 'the patterns of the file are too many or too large' : checkPattern(source)
    if (typeof pattern === 'string')
      reader.problem(item, 'unsafe_pattern', `${pattern}: ${JSON.stringify(source.slice(0, 60))}`)
    else found.push(pattern)
    if (budget.left < 0) break
  }
  return found
}

/** What a pattern costs to compile: each bounded repetition is written out. */
function weight(source: string): number {
  let repeated = 1
  for (const [, least = '0', most] of source.matchAll(/\{(\d{1,4})(?:,(\d{0,4}))?\}/g))
    repeated = Math.min(1000, repeated * Math.max(1, Number(least), Number(most ?? 0)))
  return source.length + repeated
}

function readNames({ fields, reader }: EntryContext): readonly string[] {
  const listed = fields.get('names')
  const names: string[] = []
  for (const item of bounded(listed?.value, 'names', { reader, most: MAX_NAMES })) {
    const name = reader.text(item, 'each of names')
    const refused = name === undefined ? undefined : checkName(name)
    if (refused !== undefined) reader.problem(item, 'unknown_value', refused)
    else if (name !== undefined) names.push(name)
  }
  return names
}

function readAllowed({ fields, reader }: EntryContext): readonly AllowedFinding[] {
  const listed = fields.get('allow')
  return bounded(listed?.value, 'allow', { reader, most: MAX_ALLOWED }).flatMap((item) => {
    const entries = reader.entries(item, 'an entry of allow', ['fingerprint', 'until', 'reason'])
    const part = (key: string): string | undefined => {
      const entry = entries.get(key)
      return entry === undefined ? undefined : reader.text(entry.value, key)
    }
    const [fingerprint, until, reason] = [part('fingerprint'), part('until'), part('reason')]
    for (const key of ['fingerprint', 'reason'])
      if (item.kind === 'map' && !entries.has(key))
        reader.problem(item, 'missing_field', `an entry of allow lacks "${key}"`)
    if (until !== undefined && readUntil(until) === undefined)
      reader.problem(
        entries.get('until')?.value ?? item,
        'unknown_value',
        `until: expected a date such as 2026-12-31, found "${until.slice(0, 40)}"`,
      )
    return fingerprint === undefined ? [] : [{ fingerprint, until, reason }]
  })
}

function bounded(
  value: Located | undefined,
  what: string,
  { reader, most }: { reader: EntryContext['reader']; most: number },
): readonly Located[] {
  const items = value === undefined ? [] : reader.items(value, what)
  if (value === undefined || items.length <= most) return items
  reader.problem(value, 'too_large', `${what} has ${items.length} entries; at most ${most} are taken`)
  return []
}
