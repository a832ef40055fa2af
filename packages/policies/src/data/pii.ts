import { isIP } from 'node:net'
import { isCard, isIban } from './checksum.js'
import type { Match } from './finding.js'

// Every pattern here begins at a place that the character before it decides, and is bounded, so a scan stays linear.
const CARD = /(?<![\w.+-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)/g
const SSN = /(?<![\w-])(\d{3})-(\d{2})-(\d{4})(?![\w-])/g
const NANP = /(?<![\w.+/-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\w-])/g
const E164 = /(?<![\w+])\+[1-9](?:[ .()/-]{0,2}\d){8,14}(?!\d)/g
const IBAN = /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)/g
const IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g
const IPV6 = /(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])/g
const MAX_LOCAL = 64
const DOMAIN = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])/y
// Numbers that were printed on sample cards for decades, and are nobody's.
const SAMPLE_SSN = new Set(['078-05-1120', '219-09-9999', '123-45-6789'])

/** E-mail addresses, phone and card numbers, social security numbers, bank accounts and IP addresses. */
export function findPersonal(text: string): readonly Match[] {
  const matches: Match[] = []
  const add = (kind: string, start: number, end: number): void => {
    matches.push({ kind, category: 'pii', start, end })
  }
  findEmails(text, add)
  if (/\d/.test(text)) {
    each(
      text,
      CARD,
      (value) => isCard(value.replace(/[ -]/g, '')),
      (start, end) => {
        add('card_number', start, end)
      },
    )
    each(text, SSN, isSsn, (start, end) => {
      add('us_ssn', start, end)
    })
    each(
      text,
      IBAN,
      (value) => isIban(value.replace(/ /g, '')),
      (start, end) => {
        add('iban', start, end)
      },
    )
    each(
      text,
      E164,
      () => true,
      (start, end) => {
        add('phone', start, end)
      },
    )
    each(
      text,
      NANP,
      () => true,
      (start, end) => {
        add('phone', start, end)
      },
    )
    each(text, IPV4, isPublicLooking, (start, end) => {
      add('ip_address', start, end)
    })
  }
  if (text.includes(':'))
    each(
      text,
      IPV6,
      (value) => isIP(value) === 6 && value !== '::1' && /\d/.test(value),
      (start, end) => {
        add('ip_address', start, end)
      },
    )
  return matches
}

function each(
  text: string,
  pattern: RegExp,
  holds: (value: string) => boolean,
  add: (start: number, end: number) => void,
): void {
  for (const found of text.matchAll(pattern)) if (holds(found[0])) add(found.index, found.index + found[0].length)
}

function findEmails(text: string, add: (kind: string, start: number, end: number) => void): void {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start <= MAX_LOCAL && /[A-Za-z0-9.!#$%&*+/=?^_`{|}~'-]/.test(text.charAt(start - 1)))
      start -= 1
    while (start < at && /[^A-Za-z0-9_+]/.test(text.charAt(start))) start += 1
    if (start === at || at - start > MAX_LOCAL || text[at - 1] === '.') continue
    DOMAIN.lastIndex = at + 1
    const domain = DOMAIN.exec(text)
    if (domain === null) continue
    const end = at + 1 + domain[0].length
    // `git@host:path` is an address of a repository.
    if (text.slice(start, at) === 'git' || (text[end] === ':' && /[\w~/]/.test(text.charAt(end + 1)))) continue
    add('email', start, end)
  }
}

// Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never issued.
function isSsn(value: string): boolean {
  const [area = '', group, serial] = value.split('-')
  return (
    area !== '000' &&
    area !== '666' &&
    !area.startsWith('9') &&
    group !== '00' &&
    serial !== '0000' &&
    !SAMPLE_SSN.has(value)
  )
}

function isPublicLooking(value: string): boolean {
  return isIP(value) === 4 && !/^(?:0|127|255)\./.test(value)
}
