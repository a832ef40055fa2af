import { entropy, isPlaceholder } from '../entropy.js'
import type { Match } from '../finding.js'
import { isName } from './name.js'
import { vendorKind } from './vendor.js'

const PASSWORDS = ['password', 'passwd', 'passphrase', 'pwd', 'passwort', 'pass', 'pw']
const TOKENS = ['token', 'secret', 'credential', 'apikey', 'api_key', 'api-key', 'api key', 'bearer', 'authorization']
const KEYS = ['key', 'access', 'private', 'pat', 'auth', 'crumb']

/** Words in a name that say that its value is a secret. */
export const SECRET_WORDS: readonly string[] = [...PASSWORDS, ...TOKENS, ...KEYS]

// From the word on: the rest of the name and what closes it; then `=`, `:` and the like; then the value.
const NAME_REST = /[\w.-]{0,40}(?:\\?["'`])?\]?\)?/y
const ASSIGN = /[ \t]{0,12}(?:=>|->|:=|={1,3}|!={1,2}|: ?[A-Za-z][\w.]{0,20} ?=|:|,|\|\||\?\?)[ \t]{0,8}/y
const QUOTED = /[rbuf@]?(?:(["'`])((?:(?!\1)[^\s\\]|\\.){4,256})\1|\\["']([^"'\s\\]{4,256})\\["'])/y
const PLAIN = /[^\s"'`,;<>(){}[\]|&\\]{6,256}(?=[\s"'`,;<>)\]}|&\\]|$)/y
// Words between the name and a value that stands there without any sign.
const SPACE =
  /(?:[ _.-]{0,3}(?:key|token|secret|access|private|api|auth|code|id|is|was|value)){0,3}["'`]?[ \t:=\n-]{1,4}(["'`]?)/iy
// `--password x`, `WITH PASSWORD 'x'`, `password is "x"`: in quotes, or as the value of an option.
const SPOKEN =
  /(?:(?: is)?[ \t]{1,4}\\?(["'])([^"'`\s\\]{6,120})\\?\1| ([^\s"'`$<>()[\]{};|&\\-][^\s"'`$<>()[\]{};|&\\]{7,120})(?=[\s;'"]|$))/iy
const OPAQUE = /[A-Za-z0-9_+/=.~%-]{16,400}(?![A-Za-z0-9_+/=(-])/y

/** What is assigned to a name that says `password`, `token`, `key` and so on, where it looks like a secret. */
export function findNamed(text: string, at: number, end: number): Match | undefined {
  const word = text.slice(at, end).toLowerCase()
  if (isPartOfWord(text, { at, end, word })) return undefined
  return assigned(text, { at, end, word }) ?? following(text, { at, end, word })
}

interface Word {
  readonly at: number
  readonly end: number
  readonly word: string
}

function assigned(text: string, found: Word): Match | undefined {
  const rest = matchAt(NAME_REST, text, found.end)
  const sign = rest === undefined ? undefined : matchAt(ASSIGN, text, found.end + rest.length)
  if (rest === undefined || sign === undefined) return undefined
  const from = found.end + rest.length + sign.length
  QUOTED.lastIndex = from
  const quoted = QUOTED.exec(text)
  // A quotation within a quotation is the value of the inner one.
  const value = quoted?.[2]?.replace(/^["']|["']$/g, '') ?? quoted?.[3] ?? matchAt(PLAIN, text, from)
  if (value === undefined) return undefined
  const start = quoted === null ? from : from + quoted[0].indexOf(value)
  // Without quotes, what is compared with or passed on is code.
  if (quoted === null && /^[!=]=|^,|^[|?]/.test(sign.trim())) return undefined
  return judge(text, found, { value, start, quoted: quoted !== null, sign: sign.trim() })
}

/** A value that follows without a sign: `--password x`, `API KEY x`. */
function following(text: string, found: Word): Match | undefined {
  if (PASSWORDS.includes(found.word)) return spoken(text, found)
  SPACE.lastIndex = found.end
  const gap = SPACE.exec(text)
  if (gap === null) return undefined
  const start = found.end + gap[0].length
  const value = matchAt(OPAQUE, text, start)
  if (value === undefined) return undefined
  return judge(text, found, { value, start, quoted: gap[1] !== '', sign: '' })
}

function spoken(text: string, found: Word): Match | undefined {
  SPOKEN.lastIndex = found.end
  const said = SPOKEN.exec(text)
  const value = said?.[2] ?? said?.[3]
  if (said === null || value === undefined) return undefined
  const quoted = said[2] !== undefined
  if (
    !quoted &&
    !/(?:^|\s)--?[\w-]{0,20}$|(?:role|user|login|with) .{0,60}$/i.test(text.slice(Math.max(0, found.at - 80), found.at))
  )
    return undefined
  return judge(text, found, { value, start: found.end + said[0].indexOf(value), quoted, sign: ' ' })
}

interface Value {
  readonly value: string
  readonly start: number
  readonly quoted: boolean
  readonly sign: string
}

function judge(text: string, found: Word, { value, start, quoted, sign }: Value): Match | undefined {
  if (isPlaceholder(value) || CODE.test(value) || MARK.test(value)) return undefined
  if (sign === ':' && text[start + value.length] === ']' && FINGERPRINT.test(value)) return undefined
  const kind = kindOf(text, found, { value, quoted, sign, start })
  return kind === undefined ? undefined : { kind, category: 'secret', start, end: start + value.length, vague: true }
}

function kindOf(text: string, found: Word, { value, start, quoted, sign }: Value): string | undefined {
  const name = text.slice(Math.max(0, found.at - 40), start)
  if (/pub(?:lic)?[_ .-]?key/i.test(name)) return undefined
  const vendor = vendorKind(name, value)
  if (vendor !== undefined) return vendor
  if (PASSWORDS.includes(found.word) && sign !== '' && sign !== ',' && isPassword(value, quoted))
    return 'assigned_password'
  if (TOKENS.includes(found.word) && sign !== '' && isToken(value, quoted)) return 'assigned_secret'
  return isOpaque(value) ? 'assigned_secret' : undefined
}

function isPassword(value: string, quoted: boolean): boolean {
  // What parts words is no sign of a password.
  const classes = characterClasses(value.replace(/[_.-]/g, ''))
  // Sentences of other scripts have no spaces.
  if (/[^\x21-\u024f]/.test(value) || SAMPLE.test(value)) return false
  const bits = entropy(value)
  if (quoted && classes === 2 && /^[\w.*-]+$/.test(value) && isName(value)) return false
  return quoted
    ? value.length >= 6 && classes >= 2 && bits >= 2.5
    : value.length >= 8 && classes >= 3 && bits >= 2.5 && /\d/.test(value)
}

function isToken(value: string, quoted: boolean): boolean {
  if (quoted) return value.length >= 12 && characterClasses(value) >= 2 && entropy(value) >= 3 && !isName(value)
  return value.length >= 12 && /\d/.test(value) && /[A-Za-z]/.test(value) && entropy(value) >= 3.3 && !isName(value)
}

/** True for what no one would choose as a name or word: long, letters and digits mixed. */
function isOpaque(value: string): boolean {
  const digits = value.match(/\d/g)?.length ?? 0
  return value.length >= 16 && digits >= 2 && value.length - digits >= 2 && entropy(value) >= 3 && !isName(value)
}

function characterClasses(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(value)).length
}

// Calls and members, paths and addresses, words, dates, templates, regular expressions.
const CODE = new RegExp(
  [
    /^[A-Za-z_$][\w$]*(?:[.(]\D|::|->|\[)/,
    /^(?:\/|~\/|\.\.?\/|#|https?:|file:|arn:|[a-z+]{2,12}:\/\/)/,
    /^[\w.-]+\/[\w./-]*\.[a-z]{1,5}$/,
    /^[a-z]+(?:[_-][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$/,
    /^[A-Za-z]{3,}[-_.]\d+$|^[a-z-]{2,20}=\d+$|^sha(?:1|256|384|512)[-:]/,
    /^\d{4}-\d\d-\d\d(?:$|[T_])/,
    /^[)\].,;]/,
    /\$\{|\{\{|#\{|%\(|<%|^\$[A-Za-z_(]/,
    /\]\{\d|\]\+|\\[sdwSDW]|\(\?/,
  ]
    .map(({ source }) => source)
    .join('|'),
)
// What tests and manuals take for a password.
const SAMPLE = /^(?:pass(?:w(?:or|0r)?d)?|secret|test|demo|admin|user)\d{0,6}!?$/i
// What redaction leaves behind: the whole mark, and the end of it where its kind was taken for a name.
const MARK = /^\[[a-z0-9_]{2,60}:[0-9a-f]{4}(?:[0-9a-f]{8})?\]$/
const FINGERPRINT = /^[0-9a-f]{4}(?:[0-9a-f]{8})?$/

/** `pass` in `bypass`, `key` in `keyboard`: a word counts only where another begins and ends. */
function isPartOfWord(text: string, { at, end, word }: Word): boolean {
  if (word.length > 6) return false
  const before = text.charAt(at - 1)
  const after = text.charAt(end)
  const upper = text.charAt(at) >= 'A' && text.charAt(at) <= 'Z'
  const rest = text.slice(at + 1, end)
  if (rest !== rest.toLowerCase() && (!upper || rest !== rest.toUpperCase())) return true
  const capitals = upper && text.slice(at, end) === text.slice(at, end).toUpperCase()
  if (capitals ? /[A-Z]/.test(after) : /[a-z]/.test(after)) return true
  if (word === 'key' || word === 'token' || word === 'secret' || word === 'access') return false
  return capitals ? /[A-Z]/.test(before) : upper ? false : /[A-Za-z]/.test(before)
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
