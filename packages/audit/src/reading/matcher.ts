import { scanString, scanWord } from '../format/scan-value.js'
import { isOwnMember, LineFields } from './line-fields.js'
import { fits, isPattern, literalOf } from './pattern.js'
import { checkQuery } from './query.js'
import type { AuditQuery } from './query.js'

/** Decides on raw lines whether they answer a query. */
export interface Matcher {
  /** Bytes that every match has; undefined where every line must be looked at. */
  readonly needle: Buffer | undefined
  /** Whether the line in `buffer[start, end)` matches; undefined where it is no entry. */
  readonly matches: (buffer: Buffer, start: number, end: number) => boolean | undefined
}

type Condition = (buffer: Buffer, fields: LineFields) => boolean

/**
 * Turns a query into conditions on bytes. The canonical form makes that exact: a text has one spelling, a quote inside a
 * text is always escaped, and fields have a fixed order.
 */
export function matcherOf(query: AuditQuery): Matcher {
  const { since, until } = checkQuery(query)
  const { who, what, where, session, decision, text, seq } = query
  const conditions: Condition[] = []
  const needles: Buffer[] = [] // the most telling first
  if (seq !== undefined) {
    const value = Buffer.from(`${seq},"timestamp":"`)
    conditions.push((buffer, { seqAt }) => scanWord(buffer, seqAt, value) >= 0)
    needles.push(Buffer.from(`,"seq":${seq},"timestamp":"`))
  }
  if (text !== undefined) {
    const value = spelled(text)
    conditions.push((buffer, fields) => hasText(buffer, fields, value))
    needles.push(value)
  }
  if (where !== undefined) {
    const value = spelled(where)
    const whole = isPattern(where)
    conditions.push((buffer, { whereAt, whereEnd }) =>
      whole
        ? buffer[whereAt - 1] === 0x22 && fits(where, textOf(buffer, whereAt, whereEnd))
        : holds(buffer, [whereAt, whereEnd], value),
    )
    needles.push(whole ? spelled(literalOf(where)) : value)
  }
  for (const [name, value] of [
    ['session', session],
    ['decision', decision],
  ] as const) {
    if (value === undefined) continue
    const member = Buffer.from(`"${name}":${JSON.stringify(value)}`)
    conditions.push((buffer, { metadataAt, metadataEnd }) => hasMember(buffer, [metadataAt, metadataEnd], member))
    needles.push(member)
  }
  if (who !== undefined) {
    conditions.push(principal(who, (fields) => [fields.whoAt, fields.whoEnd]))
    needles.push(isPattern(who) ? spelled(literalOf(who)) : Buffer.from(`,"who":${JSON.stringify(who)},"why":`))
  }
  if (what !== undefined) {
    conditions.push(principal(what, (fields) => [fields.whatAt, fields.whatEnd]))
    needles.push(isPattern(what) ? spelled(literalOf(what)) : Buffer.from(`","what":${JSON.stringify(what)},"where":`))
  }
  if (since !== undefined) conditions.push((buffer, { timestampAt }) => order(buffer, timestampAt, since) >= 0)
  if (until !== undefined) conditions.push((buffer, { timestampAt }) => order(buffer, timestampAt, until) < 0)
  const fields = new LineFields()
  return {
    needle: needles.find((needle) => needle.length > 0),
    matches: (buffer, start, end) => {
      if (!fields.locate(buffer, start, end)) return undefined
      for (const condition of conditions) if (!condition(buffer, fields)) return false
      return true
    },
  }
}

type Span = readonly [start: number, end: number]

/** A field that is never null, equal to a text or fitting a pattern. */
function principal(wanted: string, span: (fields: LineFields) => Span): Condition {
  if (isPattern(wanted)) {
    return (buffer, fields) => {
      const [start, end] = span(fields)
      return fits(wanted, textOf(buffer, start, end))
    }
  }
  const value = Buffer.from(JSON.stringify(wanted).slice(1)) // with the closing quote: nothing may follow
  return (buffer, fields) => scanWord(buffer, span(fields)[0], value) >= 0
}

function hasText(buffer: Buffer, fields: LineFields, value: Buffer): boolean {
  return (
    holds(buffer, [fields.metadataAt, fields.metadataEnd], value) ||
    holds(buffer, [fields.whatAt, fields.whatEnd], value) ||
    holds(buffer, [fields.whereAt, fields.whereEnd], value) ||
    holds(buffer, [fields.whoAt, fields.whoEnd], value) ||
    holds(buffer, [fields.whyAt, fields.whyEnd], value)
  )
}

/** Whether a part of the line holds the value, beginning with a whole character of it. */
function holds(buffer: Buffer, [start, end]: Span, value: Buffer): boolean {
  const part = buffer.subarray(start, end)
  for (let at = part.indexOf(value); at >= 0; at = part.indexOf(value, at + 1)) {
    if (!isInsideEscape(part, at)) return true
  }
  return false
}

/** Whether the byte belongs to a `\n` or `\u001f` that began before it. */
function isInsideEscape(part: Buffer, at: number): boolean {
  for (let back = 1; back <= 5 && back <= at; back++) {
    if (part[at - back] !== 0x5c) continue
    let run = 1
    while (part[at - back - run] === 0x5c) run++
    // An even run is backslashes that escape each other.
    if (run % 2 === 1) return back === 1 || part[at - back + 1] === 0x75
    return false
  }
  return false
}

function hasMember(buffer: Buffer, [start, end]: Span, member: Buffer): boolean {
  const part = buffer.subarray(start, end)
  for (let at = part.indexOf(member); at >= 0; at = part.indexOf(member, at + 1)) {
    if (isOwnMember(part, 0, at)) return true
  }
  return false
}

/** Compares the timestamp in the line with a text of the same form. */
function order(buffer: Buffer, at: number, moment: string): number {
  for (let index = 0; index < 24; index++) {
    const difference = (buffer[at + index] ?? 0) - moment.charCodeAt(index)
    if (difference !== 0) return difference
  }
  return 0
}

/** The text between two quotes; empty where it is not spelled as a text of the log. */
function textOf(buffer: Buffer, start: number, end: number): string {
  if (scanString(buffer, start) !== end + 1) return ''
  return JSON.parse(buffer.toString('utf8', start - 1, end + 1)) as string // scanned: a JSON string
}

/** A text as it stands between the quotes of a canonical line. */
function spelled(text: string): Buffer {
  return Buffer.from(JSON.stringify(text).slice(1, -1))
}
