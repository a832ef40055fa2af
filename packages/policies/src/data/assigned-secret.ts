import { entropy, isPlaceholder } from './entropy.js'
import type { Match } from './finding.js'

// Words in a name that say its value is a secret. All lower case: they are sought in the lower-case text.
const KEYWORDS = [
  'passw',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'apikey',
  'api_key',
  'api-key',
  'access_key',
  'accesskey',
  'private_key',
  'privatekey',
  'encryption_key',
  'signing_key',
  'auth_key',
  'credential',
  'client_key',
  'license_key',
]

// From the keyword on: rest of the name, `=` or `:`, and a value in quotes or to the end of the word.
const ASSIGNED =
  /[\w.-]{0,40}["'`]?\]?[ \t]{0,4}(?:=>|:=|==?|:)[ \t]{0,4}(?:[rbuf@]?(["'`])([^"'`\s]{6,200})\1|([A-Za-z0-9_+/=.~!@#%^&*-]{12,200})(?=[\s,;]|$))/y
const CODE =
  /^[A-Za-z_$][\w$]*(?:[.(]|::|->|\[)|^(?:\/|\.\/|https?:|file:)|^[a-z]+(?:[_-][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$|\$\{|\{\{|%\(|<%/

/** Values assigned to names such as `password` or `api_key`, where the value looks like one. */
export function findAssigned(text: string, lower: string): readonly Match[] {
  const matches: Match[] = []
  let past = 0
  for (const at of positions(lower)) {
    if (at < past) continue
    ASSIGNED.lastIndex = at
    const found = ASSIGNED.exec(text)
    if (found === null) continue
    const quoted = found[2]
    const value = quoted ?? found[3] ?? ''
    if (!looksSecret(value, quoted !== undefined, lower.slice(at, at + 5))) continue
    const end = at + found[0].length - (quoted === undefined ? 0 : 1)
    matches.push({ kind: 'assigned_secret', category: 'secret', start: end - value.length, end })
    past = end
  }
  return matches
}

function positions(lower: string): readonly number[] {
  const all = new Set<number>()
  for (const keyword of KEYWORDS)
    for (let at = lower.indexOf(keyword); at >= 0; at = lower.indexOf(keyword, at + keyword.length)) all.add(at)
  return [...all].sort((a, b) => a - b)
}

function looksSecret(value: string, quoted: boolean, keyword: string): boolean {
  if (isPlaceholder(value) || CODE.test(value)) return false
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((one) => one.test(value)).length
  const bits = entropy(value)
  // People make passwords shorter and plainer than machines make tokens.
  if (quoted && (keyword.startsWith('passw') || keyword.startsWith('pwd'))) return classes >= 2 && bits >= 2.5
  if (quoted) return value.length >= 12 && classes >= 2 && bits >= 3
  return /\d/.test(value) && /[A-Za-z]/.test(value) && bits >= 3.3
}
