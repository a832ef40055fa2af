import { GuardError } from '../errors.js'

/** A JSON object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** The value as an object, or a `BAD_HOOK_INPUT` that says what came instead. */
export function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields // checked above
  throw new GuardError('BAD_HOOK_INPUT', `${what} must be a JSON object, got ${kindOf(value)}.`)
}

/** The first of the named fields that is a non-empty string. */
export function textIn(fields: Fields, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** The named field as a non-empty string, or a `BAD_HOOK_INPUT`. */
export function requiredText(fields: Fields, name: string, what: string): string {
  const value = textIn(fields, name)
  if (value !== undefined) return value
  throw new GuardError(
    'BAD_HOOK_INPUT',
    `${what} must have a text ${JSON.stringify(name)}, got ${kindOf(fields[name])}.`,
  )
}

export function numberIn(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** A string, or the strings of a list, as a list. */
export function textsIn(fields: Fields, name: string): readonly string[] {
  const value = fields[name]
  if (typeof value === 'string') return value === '' ? [] : [value]
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string' && item !== '') : []
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
