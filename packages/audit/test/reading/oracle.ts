import type { AuditEntry, AuditInput, AuditQuery, JsonObject, JsonValue } from '../../src/index.js'

/** A random number below `limit`, the same ones in every run. */
export type Random = (limit: number) => number

export function randomOf(seed: number): Random {
  let state = seed >>> 0
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0
    return Math.floor(((state ^ (state >>> 13)) >>> 0) % limit)
  }
}

/** Pieces that a search of raw bytes can trip over: quotes, escapes, more than one byte, names and ends of fields. */
const PIECES = [
  'a',
  'n',
  'u001f',
  '\u001f',
  '\n',
  '"',
  '\\',
  '\\n',
  'é',
  '😀',
  'session',
  'DENY',
  '","what":"',
  ',"who":"w","why":',
  '","timestamp":"2026-01-31T12:00:00.000Z',
  '"session":"s1"',
] as const
const SESSIONS = ['s1', 's2', 's"1', 's\\']
const DECISIONS = ['ALLOW', 'DENY', 'REQUIRE_APPROVAL']

export function entriesOf(random: Random, count: number): readonly AuditInput[] {
  return Array.from({ length: count }, () => ({
    who: textOf(random) || 'w',
    what: textOf(random) || 't',
    where: random(4) === 0 ? null : textOf(random),
    why: random(3) === 0 ? null : textOf(random),
    metadata: random(8) === 0 ? null : metadataOf(random, 0),
  }))
}

export function queriesOf(random: Random, count: number, entries: readonly AuditEntry[]): readonly AuditQuery[] {
  const some = (): AuditEntry | undefined => entries[random(entries.length)]
  const one = (): AuditQuery => {
    switch (random(9)) {
      case 0:
        return { who: some()?.who }
      case 1:
        return { what: patternOf(random, some()?.what ?? '') }
      case 2:
        return { where: piece(random) }
      case 3:
        return { where: patternOf(random, some()?.where ?? '') }
      case 4:
        return { session: SESSIONS[random(SESSIONS.length)] }
      case 5:
        return { decision: DECISIONS[random(DECISIONS.length)] }
      case 6:
        return { text: piece(random) + (random(2) === 0 ? '' : piece(random)) }
      case 7:
        return { seq: random(entries.length + 5) }
      default:
        return { since: some()?.timestamp, until: random(2) === 0 ? undefined : some()?.timestamp }
    }
  }
  return Array.from({ length: count }, () => (random(3) === 0 ? { ...one(), ...one() } : one()))
}

/** What a query means, said with parsed entries. */
export function fitsQuery(entry: AuditEntry, query: AuditQuery): boolean {
  const { who, what, where, session, decision, text, seq, since, until } = query
  const stamp = Date.parse(entry.timestamp)
  return (
    (who === undefined || pattern(who).test(entry.who)) &&
    (what === undefined || pattern(what).test(entry.what)) &&
    (where === undefined || (entry.where !== null && part(where, entry.where))) &&
    (session === undefined || entry.metadata?.session === session) &&
    (decision === undefined || entry.metadata?.decision === decision) &&
    (seq === undefined || entry.seq === seq) &&
    (since === undefined || stamp >= new Date(since).getTime()) &&
    (until === undefined || stamp < new Date(until).getTime()) &&
    (text === undefined || textsOf(entry).some((own) => own.includes(text)))
  )
}

function textsOf({ who, what, where, why, metadata }: AuditEntry): readonly string[] {
  return [who, what, where ?? '', why ?? '', ...leavesOf(metadata)]
}

function leavesOf(value: JsonValue | undefined): readonly string[] {
  if (value === null || typeof value !== 'object') return [String(value)]
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => leavesOf(item))
  return Object.entries(value).flatMap(([key, member]: [string, JsonValue | undefined]) => [key, ...leavesOf(member)])
}

function part(where: string, own: string): boolean {
  return where.includes('*') ? pattern(where).test(own) : own.includes(where)
}

function pattern(text: string): RegExp {
  const escaped = text.split('*').map((literal) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${escaped.join('[^]*')}$`)
}

function patternOf(random: Random, text: string): string {
  const characters = Array.from(text)
  const from = random(characters.length + 1)
  const to = from + random(characters.length - from + 1)
  return `${characters.slice(0, from).join('')}*${characters.slice(to).join('')}`
}

function piece(random: Random): string {
  return PIECES[random(PIECES.length)] ?? ''
}

function textOf(random: Random): string {
  return Array.from({ length: random(4) }, () => piece(random)).join('')
}

function metadataOf(random: Random, depth: number): JsonObject {
  return {
    ...(random(2) === 0 ? { session: SESSIONS[random(SESSIONS.length)] } : {}),
    ...(random(2) === 0 ? { decision: DECISIONS[random(DECISIONS.length)] } : {}),
    ...(random(2) === 0 ? { [textOf(random)]: textOf(random) } : {}),
    ...(random(3) === 0 ? { timestamp: '2020-01-01T00:00:00.000Z', seq: random(9), who: textOf(random) } : {}),
    ...(depth < 3 && random(2) === 0 ? { nested: [metadataOf(random, depth + 1), random(100), true, null] } : {}),
    ...(depth < 3 && random(4) === 0 ? { a: metadataOf(random, depth + 1) } : {}),
  }
}
