import { type AllowedFinding, unlessAllowed } from './allow.js'
import { findEncoded } from './encoded.js'
import { type Finding, fingerprint, type Match } from './finding.js'
import { findNames } from './names.js'
import type { LinearPattern } from './pattern.js'
import { findPersonal } from './personal/personal.js'
import { findSecrets } from './secrets/engine.js'
import { narrowed } from './wide.js'

/** What a scan looks for. */
export interface ScanOptions {
  /** Default true. */
  readonly secrets?: boolean
  /** Default true. */
  readonly pii?: boolean
  /** Further patterns, found as kind `custom`. */
  readonly patterns?: readonly LinearPattern[]
  /** Names of one's own, found as kind `name`: whole words, in capitals and small letters alike. Keep the array: it is compiled once. */
  readonly names?: readonly string[]
  /** What is known and may stay. */
  readonly allow?: readonly AllowedFinding[]
  /** The clock that the dates of `allow` are read by. */
  readonly now?: () => Date
}

const MAX_FINDINGS = 1000

/**
 * Finds secrets and personal data in a text, in order and without overlap. The whole text is looked through, however long
 * it is, in time that grows with its length only. At most 1,000 findings are told: where there are more, the last is of kind
 * `further_findings` and covers all the rest of the text, so that whoever replaces what is told leaves nothing.
 */
export function scan(text: string, options: ScanOptions = {}): readonly Finding[] {
  const findings: Finding[] = []
  for (const finding of findAll(text, options)) {
    if (findings.length === MAX_FINDINGS) return [...findings.slice(0, -1), theRest(text, findings.at(-1) ?? finding)]
    findings.push(finding)
  }
  return findings
}

function theRest(text: string, { category, start }: Finding): Finding {
  const kind = 'further_findings'
  const value = text.slice(start)
  return { kind, category, start, end: text.length, fingerprint: fingerprint(value, { kind, category }) }
}

/** The text with each finding, however many there are, replaced by its kind and fingerprint: `[github_token:1f2e3d4c5b6a]`. */
export function redact(text: string, options: ScanOptions = {}): string {
  let result = ''
  let at = 0
  for (const { kind, start, end, fingerprint } of findAll(text, options)) {
    result += `${text.slice(at, start)}[${kind}:${fingerprint}]`
    at = end
  }
  return result + text.slice(at)
}

// One by one: a fingerprint costs more than all the rest, and is taken only of what is told.
function* findAll(text: string, { allow = [], now = () => new Date(), ...options }: ScanOptions): Generator<Finding> {
  const matches = findMatches(text, options)
  const view = narrowed(text)
  if (view !== undefined)
    for (const match of findMatches(view.text, options))
      matches.push({
        ...match,
        start: view.original(match.start),
        end: view.original(match.end),
        value: match.value ?? view.text.slice(match.start, match.end),
      })
  const time = now().getTime()
  for (const { kind, category, start, end, value = text.slice(start, end) } of withoutOverlap(matches)) {
    const finding = { kind, category, start, end, fingerprint: fingerprint(value, { kind, category }) }
    const told = unlessAllowed(finding, allow, time)
    if (told !== undefined) yield told
  }
}

function findMatches(text: string, options: ScanOptions): Match[] {
  const matches: Match[] = []
  if (options.secrets ?? true) for (const match of [...findSecrets(text), ...findEncoded(text)]) matches.push(match)
  if (options.pii ?? true) for (const match of findPersonal(text)) matches.push(match)
  if (options.names !== undefined) for (const match of findNames(text, options.names)) matches.push(match)
  for (const pattern of options.patterns ?? [])
    for (const { start, end } of pattern.find(text)) matches.push({ kind: 'custom', category: 'custom', start, end })
  return matches
}

const RANK = { secret: 0, custom: 1, pii: 3 } as const

// A secret says more than an address within it, and a form that is known more than a name that precedes it.
function rank({ category, vague }: Match): number {
  return vague === true ? 2 : RANK[category]
}

function withoutOverlap(matches: readonly Match[]): readonly Match[] {
  const inOrder = [...matches].sort((a, b) => a.start - b.start || b.end - a.end)
  return [0, 1, 2, 3].reduce<readonly Match[]>(
    (kept, level) =>
      merged(
        kept,
        inOrder.filter((match) => rank(match) === level),
      ),
    [],
  )
}

/** Two lists in order: all of the first, and of the second what overlaps neither the first nor what was taken of it. */
function merged(first: readonly Match[], second: readonly Match[]): Match[] {
  const result: Match[] = []
  let next = 0
  let end = -1
  const take = (match: Match): void => {
    result.push(match)
    end = match.end
  }
  for (const match of second) {
    for (let kept = first[next]; kept !== undefined && kept.start < match.end; kept = first[(next += 1)]) take(kept)
    if (match.start >= end) take(match)
  }
  for (const match of first.slice(next)) take(match)
  return result
}
