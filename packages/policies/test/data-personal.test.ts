import { describe, expect, it } from 'vitest'
import { scan } from '../src/index.js'

/** A number whose last digit is Luhn's check digit. */
function withLuhn(body: string): string {
  const sum = Array.from(body)
    .reverse()
    .reduce((total, char, index) => {
      const value = Number(char) * (index % 2 === 0 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** An account number with the check digits of ISO 7064. */
function withIbanCheck(country: string, account: string): string {
  const digits = Array.from(`${account}${country}00`)
    .map((char) => String(parseInt(char, 36)))
    .join('')
  return country + String(98n - (BigInt(digits) % 97n)).padStart(2, '0') + account
}

function found(text: string): readonly (readonly [string, string])[] {
  return scan(text, { secrets: false }).map(({ kind, start, end }) => [kind, text.slice(start, end)])
}

describe('card numbers', () => {
  it.each([
    ['Visa', withLuhn('453201511283036')],
    ['Mastercard', withLuhn('542523343010990')],
    ['Mastercard, new range', withLuhn('222300004841001')],
    ['American Express', withLuhn('37449635398431')],
    ['Discover', withLuhn('601100099013942')],
    ['Diners', withLuhn('3056930902590')],
    ['JCB', withLuhn('353011133330000')],
    ['UnionPay', withLuhn('620000000000000')],
  ])('of %s are found, grouped or not', (_, number) => {
    expect(found(`pay ${number}.`)).toEqual([['card_number', number]])
    if (number.length !== 16) return
    for (const mark of [' ', '-']) {
      const grouped = number.replace(/(\d{4})(?=\d)/g, `$1${mark}`)
      expect(found(`pay ${grouped}`)).toEqual([['card_number', grouped]])
    }
  })

  it.each([
    ['a wrong check digit', '4532 0151 1283 0367'],
    ['an issuer that there is not', withLuhn('100000000000000')],
    ['a row of small numbers', '3 5 3 11 3 5 3 7 2 0 2 0 2 0 2'],
    ['a part of a longer number', `9${withLuhn('453201511283036')}9`],
    ['a decimal fraction', `0.${withLuhn('453201511283036')}`],
    ['one digit throughout', '4444444444444444'],
  ])('are not seen in %s', (_, text) => {
    expect(found(text)).toEqual([])
  })
})

describe('bank accounts', () => {
  it.each([
    ['DE', '370400440532013000'],
    ['GB', 'WEST12345698765432'],
    ['FR', '20041010050500013M02606'],
    ['NO', '86011117947'],
    ['MT', 'MALT011000012345MTLCAST001S'],
  ])('of %s are found with and without spaces', (country, account) => {
    const iban = withIbanCheck(country, account)
    const spaced = iban.replace(/(.{4})(?=.)/g, '$1 ')
    expect(found(`to ${iban}, please`)).toEqual([['iban', iban]])
    expect(found(`to ${spaced}, please`)).toEqual([['iban', spaced]])
    expect(found(`to ${iban.slice(0, -1)}`)).toEqual([])
  })
})

describe('social security numbers', () => {
  it.each(['536-22-8726', '536 22 8726', '536.22.8726'])('are found in %s', (text) => {
    expect(found(`ssn ${text}`)).toEqual([['us_ssn', text]])
  })

  it.each([
    '536-22 8726',
    '12 536 22 8726 12',
    '>536.22.8726',
    '078-05-1120',
    '900-12-3456',
    '1536-22-8726',
    '536-22-87261',
  ])('are not seen in %s', (text) => {
    expect(found(text)).toEqual([])
  })
})

describe('phone numbers', () => {
  it.each([
    '+1 415 555 0132',
    '(415) 555-0132',
    '415.555.0132',
    '+44 (20) 7123 4567',
    '+49301234567',
    '+33 1 42 68 53 00',
  ])('are found in %s', (text) => {
    expect(found(`call ${text} now`)).toEqual([['phone', text]])
  })

  it('of a country are found where the text says that they are', () => {
    expect(found('my mobile number is 090-1234-5678')).toEqual([['phone', '090-1234-5678']])
    expect(found('order 090-1234-5678')).toEqual([])
  })

  it.each(['a[1]+2147483648', '1 415 555 0132 7 8', '2026-11-21', '115.555.0132', 'v415.555.0132'])(
    'are not seen in %s',
    (text) => {
      expect(found(text)).toEqual([])
    },
  )
})

describe('addresses', () => {
  it.each([
    ['ip_address', '203.0.113.7'],
    ['ip_address', '10.0.0.1'],
    ['ip_address', '2001:db8::8a2e:370:7334'],
    ['ip_address', '::ffff:192.0.2.1'],
    ['ip_address', '2345:0425:2CA1:0000:0000:0567:5673:23b5'],
    ['email', 'user@xn--80ak6aa92e.xn--p1ai'],
    ['email', 'ann.b+c@example.co.uk'],
  ])('%s: %s', (kind, text) => {
    expect(found(`at ${text}, now`)).toEqual([[kind, text]])
  })

  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    '::',
    'version 1.2.3.4',
    'v1.2.3.4',
    '::ffff:256.0.0.1',
    '2001:db8::256.1.1.1',
    '12:34:56',
    'aa:bb:cc:dd:ee:ff',
    'std::vector',
    'git@github.com:a/b.git',
    'icon@2x.png',
    '@scope/name',
    'me@home',
  ])('are not seen in %s', (text) => {
    expect(found(text)).toEqual([])
  })
})
