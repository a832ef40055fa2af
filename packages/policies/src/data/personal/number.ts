import { isCard, isIban } from './checksum.js'
import type { Add } from './add.js'

// One pass finds what may be a number at all; each form is then matched where it begins.
const CANDIDATE = /[+(]?\d[\d ()./+-]{5,34}\d/g
const CARD = /(?<![\w.+-])(?:\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d| \d)/g
const SSN = /(?<![\w.>=^~-])(\d{3})([-. ])(\d{2})\2(\d{4})(?![\w-]|\.\d)/g
const NANP = /(?<![\w.+/-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\w-]|\.\d)/g
const E164 = /(?<![\w+)\]}])\+[1-9](?:[ .()/-]{0,2}\d){7,14}(?!\d)/g
const NATIONAL = /(?<![\w.+-])\(?0\d{1,4}\)?[ /-]?\d{2,5}(?:[ -]?\d{2,5}){1,4}(?![\w-])/g
const IBAN = /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)/g
const CALLED = /(?:phone|tel|mobile|cell|fax|call|number is)\W{0,4}(?:\w{1,12}\W{1,3}){0,3}$/i
// Numbers that were printed on sample cards for decades, and are nobody's.
const SAMPLE_SSN = new Set(['078051120', '219099999', '123456789'])

/** Card numbers, social security numbers, phone numbers and bank accounts. */
export function findNumbers(text: string, add: Add): void {
  for (const { 0: candidate, index } of text.matchAll(CANDIDATE)) {
    // The forms look at what stands before and behind, too.
    const from = Math.max(0, index - 1)
    const near = text.slice(from, index + candidate.length + 2)
    const put = (kind: string, found: RegExpMatchArray): void => {
      const start = from + (found.index ?? 0)
      add(kind, start, start + found[0].length)
    }
    for (const found of near.matchAll(CARD)) if (isCard(found[0].replace(/[ -]/g, ''))) put('card_number', found)
    for (const found of near.matchAll(SSN))
      if (isSsn(found) && (found[2] === '-' || isAlone(text, from, found))) put('us_ssn', found)
    for (const found of near.matchAll(E164)) put('phone', found)
    for (const found of near.matchAll(NANP))
      if (!found[0].includes(' ') || isAlone(text, from, found)) put('phone', found)
    for (const found of near.matchAll(NATIONAL)) {
      const start = from + found.index
      if (isPhoneLength(found[0]) && CALLED.test(text.slice(Math.max(0, start - 50), start))) put('phone', found)
    }
  }
  for (const found of text.matchAll(IBAN))
    if (isIban(found[0].replace(/ /g, ''))) add('iban', found.index, found.index + found[0].length)
}

// Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never issued.
function isSsn([, area = '', , group = '', serial = '']: RegExpMatchArray): boolean {
  return (
    area !== '000' &&
    area !== '666' &&
    !area.startsWith('9') &&
    group !== '00' &&
    serial !== '0000' &&
    !SAMPLE_SSN.has(area + group + serial)
  )
}

/** True where no further number stands beside it: in a row of numbers, spaces part numbers and not groups of one. */
function isAlone(text: string, from: number, { 0: value, index = 0 }: RegExpMatchArray): boolean {
  const start = from + index
  return (
    !/[\d.][ ,;|\t]{0,3}$/.test(text.slice(Math.max(0, start - 5), start)) &&
    !/^[ ,;|\t]{0,3}[+-]?\.?\d/.test(text.slice(start + value.length, start + value.length + 6))
  )
}

function isPhoneLength(value: string): boolean {
  const digits = value.replace(/\D/g, '').length
  return digits >= 9 && digits <= 12
}
