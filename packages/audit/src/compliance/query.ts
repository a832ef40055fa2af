import type { AuditEntry } from '../types.js'

/** Which entries belong to a population; all given conditions must hold. */
export interface Query {
  /** The population in a few words: `denied actions`. */
  readonly title: string
  /** Kinds of entry, or every kind. */
  readonly what: readonly string[] | 'any'
  /** Metadata fields and the values they may have; of a list, one member is enough. */
  readonly facts?: Readonly<Record<string, readonly (string | boolean)[]>>
  /** Metadata fields that must be there, whatever their value. */
  readonly has?: readonly string[]
}

/** Tells whether an entry belongs to the population. */
export function matches(query: Query, entry: AuditEntry): boolean {
  const { what, facts, has } = query
  if (what !== 'any' && !what.includes(entry.what)) return false
  if (facts !== undefined) {
    for (const field in facts) if (!isOneOf(entry.metadata?.[field], facts[field] ?? [])) return false
  }
  return has === undefined || has.every((field) => entry.metadata?.[field] !== undefined)
}

/** The query as a sentence that a reader can repeat over the log by hand. */
export function describeQuery(query: Query): string {
  const { what, facts = {}, has = [] } = query
  const conditions = [
    what === 'any' ? 'every entry' : `what is ${what.join(' or ')}`,
    ...Object.entries(facts).map(([field, values]) => `metadata.${field} is ${values.join(' or ')}`),
    ...has.map((field) => `metadata.${field} is present`),
  ]
  return conditions.join(' and ')
}

function isOneOf(value: unknown, wanted: readonly (string | boolean)[]): boolean {
  if (Array.isArray(value)) return value.some((member) => isOneOf(member, wanted))
  return (typeof value === 'string' || typeof value === 'boolean') && wanted.includes(value)
}
