import { createHash } from 'node:crypto'

/** What kind of thing was found. */
export type FindingCategory = 'secret' | 'pii' | 'custom'

/** One secret or piece of personal data, told by place and fingerprint: the value itself is never carried on. */
export interface Finding {
  /** `aws_access_key_id`, `email` ...; `custom` for a pattern of a policy. */
  readonly kind: string
  readonly category: FindingCategory
  /** UTF-16 offsets into the text, half open. */
  readonly start: number
  readonly end: number
  /**
   * The first 12 hexadecimal digits of the value's SHA-256; 4 where the values can be counted through (personal data,
   * passwords that people choose), so that no one value can be worked out of it.
   */
  readonly fingerprint: string
  /** Set where an allow list let it stay until this date, which has passed. */
  readonly allowedUntil?: string
}

/** A place in a text, before its fingerprint is taken. */
export interface Match {
  readonly kind: string
  readonly category: FindingCategory
  readonly start: number
  readonly end: number
  /** What was found, where the text holds it encoded. */
  readonly value?: string
  /** Known by its surroundings only: where another finding overlaps, that one says more. */
  readonly vague?: true
}

const LONG = 12
const SHORT = 4
const GUESSABLE = /password|_url$|credentials|_hash$/

/** The fingerprint of what was found: the same for the same value, wherever it stands and however it is encoded. */
export function fingerprint(value: string, { kind, category }: Pick<Match, 'kind' | 'category'>): string {
  const guessable = category !== 'secret' || GUESSABLE.test(kind)
  return createHash('sha256')
    .update(value)
    .digest('hex')
    .slice(0, guessable ? SHORT : LONG)
}
