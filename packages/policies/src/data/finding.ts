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
  /** First 12 hex digits of the value's SHA-256. */
  readonly fingerprint: string
}

export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 12)
}

/** A place in a text, before its fingerprint is taken. */
export interface Match {
  readonly kind: string
  readonly category: FindingCategory
  readonly start: number
  readonly end: number
}
