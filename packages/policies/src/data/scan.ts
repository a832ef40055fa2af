import { findAssigned } from './assigned-secret.js'
import { entropy, isPlaceholder } from './entropy.js'
import { type Finding, fingerprint, type Match } from './finding.js'
import { findPersonal } from './pii.js'
import { SECRET_FORMATS, type SecretFormat } from './secret-format.js'

/** What a scan looks for. */
export interface ScanOptions {
  /** Default true. */
  readonly secrets?: boolean
  /** Default true. */
  readonly pii?: boolean
  /** Further patterns, found as kind `custom`. Only patterns that {@link checkPattern} takes. */
  readonly patterns?: readonly RegExp[]
}

const MAX_FINDINGS = 1000

/** Finds secrets and personal data in a text, in order and without overlap. At most 1,000 are told. */
export function scan(text: string, options: ScanOptions = {}): readonly Finding[] {
  return findAll(text, options)
    .slice(0, MAX_FINDINGS)
    .map((match) => ({ ...match, fingerprint: fingerprint(text.slice(match.start, match.end)) }))
}

/** The text with each finding replaced by its kind and fingerprint: `[github_token:1f2e3d4c5b6a]`. */
export function redact(text: string, options: ScanOptions = {}): string {
  let result = ''
  let at = 0
  for (const { kind, start, end } of findAll(text, options)) {
    result += `${text.slice(at, start)}[${kind}:${fingerprint(text.slice(start, end))}]`
    at = end
  }
  return result + text.slice(at)
}

function findAll(text: string, options: ScanOptions): readonly Match[] {
  const matches: Match[] = []
  if (options.secrets ?? true) {
    findFormats(text, matches)
    matches.push(...findAssigned(text, text.toLowerCase()))
  }
  if (options.pii ?? true) matches.push(...findPersonal(text))
  for (const pattern of options.patterns ?? []) findCustom(text, pattern, matches)
  return withoutOverlap(matches)
}

function findFormats(text: string, matches: Match[]): void {
  for (const format of SECRET_FORMATS) {
    const { keyword } = format
    for (let at = text.indexOf(keyword); at >= 0;) {
      const match = matchFormat(text, at, format)
      if (match !== undefined) matches.push(match)
      at = text.indexOf(keyword, Math.max(match?.end ?? 0, at + keyword.length))
    }
  }
}

function matchFormat(text: string, at: number, format: SecretFormat): Match | undefined {
  if (format.inside !== true && at > 0 && /[A-Za-z0-9]/.test(text.charAt(at - 1))) return undefined
  format.pattern.lastIndex = at
  const found = format.pattern.exec(text)
  if (found === null) return undefined
  const value = found[1] ?? found[0]
  const start = at + found[0].indexOf(value)
  if (format.entropy !== undefined && entropy(value) < format.entropy) return undefined
  if (format.kind !== 'private_key' && isPlaceholder(value)) return undefined
  return { kind: format.kind, category: 'secret', start, end: start + value.length }
}

// A pattern sees windows that overlap by half, so that an open-ended one costs no more than the window squared.
const WINDOW = 512

function findCustom(text: string, pattern: RegExp, matches: Match[]): void {
  for (let from = 0; from === 0 || from + WINDOW / 2 < text.length; from += WINDOW / 2)
    for (const found of text.slice(from, from + WINDOW).matchAll(pattern)) {
      const start = from + found.index
      if (found[0] !== '') matches.push({ kind: 'custom', category: 'custom', start, end: start + found[0].length })
    }
}

function withoutOverlap(matches: readonly Match[]): readonly Match[] {
  const sorted = [...matches].sort((a, b) => a.start - b.start || b.end - a.end)
  const kept: Match[] = []
  let end = -1
  for (const match of sorted) {
    if (match.start < end) continue
    kept.push(match)
    end = match.end
  }
  return kept
}
