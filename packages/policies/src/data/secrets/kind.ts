/** One kind of secret that its own shape gives away, as its issuer publishes it. */
export interface SecretKind {
  /** What a finding is called: `github_token`. */
  readonly kind: string
  /** Text that every one of them holds; any of these. */
  readonly keywords: readonly string[]
  /** Sticky; matched from the keyword on, or from where `before` begins. The last group is the value where the match is more. */
  readonly pattern: RegExp
  /** What stands before the keyword and belongs to the match: characters of this class, so many at most. */
  readonly before?: { readonly chars: RegExp; readonly most: number }
  /** The keyword counts in capitals and small letters alike. */
  readonly anyCase?: true
  /** The match may follow a letter or digit. */
  readonly inside?: true
  /** Least entropy of the value in bits per character. */
  readonly entropy?: number
  /** A checksum that holds outweighs the entropy. */
  readonly checksum?: (value: string) => boolean
  /** What else must be true of the value. */
  readonly holds?: (value: string) => boolean
}

/** What may be said of a kind beyond its shape. */
export type KindOptions = Pick<SecretKind, 'entropy' | 'checksum' | 'holds'>

export const HEX = '[0-9a-f]'
export const ALNUM = '[A-Za-z0-9]'
export const WORD = '[A-Za-z0-9_-]'
export const BASE64 = '[A-Za-z0-9+/]'
export const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'

const END = '(?![A-Za-z0-9_-])'

/** A secret that begins with a prefix of its own; `rest` is what follows, as a regular expression. */
export function token(
  kind: string,
  prefixes: string | readonly string[],
  rest: string,
  { entropy = 3, ...options }: KindOptions = {},
): SecretKind {
  return prefixed(kind, prefixes, { rest: `${rest}${END}`, entropy, ...options })
}

/**
 * A token so long that it may go on behind what is looked at. Its end is not sought, so that a text full of beginnings
 * costs no more than any other.
 */
export function longToken(
  kind: string,
  prefixes: string | readonly string[],
  rest: string,
  { entropy = 3, ...options }: KindOptions = {},
): SecretKind {
  return prefixed(kind, prefixes, { rest, entropy, ...options })
}

function prefixed(
  kind: string,
  prefixes: string | readonly string[],
  { rest, ...options }: KindOptions & { readonly rest: string },
): SecretKind {
  const keywords = typeof prefixes === 'string' ? [prefixes] : prefixes
  const pattern = new RegExp(`(?:${keywords.map(escape).join('|')})${rest}`, 'y')
  return { kind, keywords, pattern, ...options }
}

/** A secret known by a mark in its middle: so many characters of a class, the mark, the rest. */
export function marked(
  kind: string,
  mark: string,
  { lead, most, rest, chars = ALNUM, entropy = 3, ...options }: KindOptions & Mark,
): SecretKind {
  const pattern = new RegExp(`${lead}${escape(mark)}${rest}${END}`, 'y')
  return { kind, keywords: [mark], pattern, before: { chars: new RegExp(chars), most }, entropy, ...options }
}

interface Mark {
  /** What stands before the mark, as a regular expression. */
  readonly lead: string
  /** The characters that `lead` consists of, as a class; default letters and digits. */
  readonly chars?: string
  /** The length of the longest `lead`. */
  readonly most: number
  /** What stands behind the mark. */
  readonly rest: string
}

/** The value of a field or parameter: `mark` and then the value, which `value` describes. */
export function field(
  kind: string,
  mark: string,
  value: string,
  options: KindOptions & { after?: string } = {},
): SecretKind {
  const { after = '(?![A-Za-z0-9_+/=-])', ...rest } = options
  return {
    kind,
    keywords: [mark],
    pattern: new RegExp(`${escape(mark)}(${value})${after}`, 'iy'),
    anyCase: true,
    inside: true,
    ...rest,
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
