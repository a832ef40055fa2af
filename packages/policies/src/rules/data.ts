import type { AllowedFinding } from '../data/allow.js'
import type { Finding } from '../data/finding.js'
import type { LinearPattern } from '../data/pattern.js'
import { scan, type ScanOptions } from '../data/scan.js'
import type { RuleAction, Source } from '../evaluation.js'
import { NO_BREACH, type Rule } from './rule.js'

/** What a `data` entry looks for. */
export interface DataRule {
  readonly name: string
  readonly type: 'secret_detection' | 'pii_detection'
  readonly patterns: readonly LinearPattern[]
  /** Names of one's own: whole words, in capitals and small letters alike. */
  readonly names?: readonly string[]
  /** What is known and may stay. */
  readonly allow?: readonly AllowedFinding[]
  readonly action: RuleAction
  readonly source?: Source
  /** The clock that the dates of `allow` are read by. */
  readonly now?: () => Date
}

// Longer content is not scanned but refused: what cannot be checked is not allowed.
const MAX_CONTENT = 8 * 1024 * 1024

/** Looks for secrets or personal data in what would be written, sent or run. */
export function dataRule(rule: DataRule): Rule {
  const { patterns, names, allow, now } = rule
  const options: ScanOptions = {
    secrets: rule.type === 'secret_detection',
    pii: rule.type === 'pii_detection',
    patterns,
    ...(names === undefined ? {} : { names }),
    ...(allow === undefined ? {} : { allow }),
    ...(now === undefined ? {} : { now }),
  }
  return {
    name: rule.name,
    point: 'data',
    ...(rule.source === undefined ? {} : { source: rule.source }),
    check({ input: { content, command } }) {
      const texts = [content, command].filter((text) => text !== undefined)
      if (texts.some((text) => text.length > MAX_CONTENT))
        return [
          {
            action: rule.action,
            reason: 'the content is too long to be scanned',
            suggest: 'write it in smaller pieces',
          },
        ]
      const findings = texts.flatMap((text) => scan(text, options))
      if (findings.length === 0) return NO_BREACH
      return [
        {
          action: rule.action,
          reason: `it holds ${describe(findings)}`,
          suggest:
            rule.type === 'secret_detection'
              ? 'read the secret from the environment or a secret store, and name it only'
              : 'leave personal data out, or use made-up values',
          findings,
        },
      ]
    },
  }
}

function describe(findings: readonly Finding[]): string {
  const counts = new Map<string, number>()
  for (const { kind } of findings) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const named = [...counts].slice(0, 5).map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`))
  const ended = findings.find(({ allowedUntil }) => allowedUntil !== undefined)
  return (
    named.join(', ') +
    (counts.size > 5 ? ' and more' : '') +
    (ended === undefined ? '' : `; ${ended.kind} ${ended.fingerprint} was allowed until ${ended.allowedUntil ?? ''}`)
  )
}
