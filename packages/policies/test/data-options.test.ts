import { describe, expect, it } from 'vitest'
import { checkPattern, type LinearPattern, redact, scan } from '../src/index.js'
import { dataRule } from '../src/rules/data.js'
import { withBase62Crc } from './samples/code.js'
import { made } from './samples/make.js'
import { testProject } from './project.js'

const TOKEN = withBase62Crc('ghp_', made(30))
const now = (): Date => new Date('2026-11-21T12:00:00Z')

function pattern(source: string): LinearPattern {
  const checked = checkPattern(source)
  if (typeof checked === 'string') throw new Error(checked)
  return checked
}

describe('names of one’s own', () => {
  it('are found as whole words, in capitals and small letters alike, in any script', () => {
    const names = ['Project Falcon', 'Müller', 'ACME', 'Ελένη']
    const found = (text: string): readonly string[] =>
      scan(text, { names, pii: false, secrets: false }).map(({ start, end }) => text.slice(start, end))
    expect(found('About project falcon, by MÜLLER of acme (and Ελένη).')).toEqual([
      'project falcon',
      'MÜLLER',
      'acme',
      'Ελένη',
    ])
    expect(found('acmeology, Müllerei, project falcons, ACME_ID')).toEqual([])
    expect(scan('acme', { names, secrets: false })).toMatchObject([{ kind: 'name', category: 'pii' }])
  })
})

describe('patterns of a policy', () => {
  it.each([
    ['', /empty/],
    ['a'.repeat(201), /201 characters/],
    ['(?=a)b', /lookaround/],
    ['(?<!a)b', /lookaround/],
    ['(a)\\1', /backreferences/],
    ['(?<n>a)\\k<n>', /backreferences/],
    ['(a', /not a regular expression/],
    ['a**', /not a regular expression/],
  ])('refuses %j', (source, reason) => {
    expect(checkPattern(source)).toMatch(reason)
  })

  it('takes what grew beyond all bounds in a backtracking engine, and stays linear', () => {
    const started = performance.now()
    for (const source of ['^(a+)+$', '(a|aa)+$', '(?:a|aa)*c', '(?P<n>a)+c'])
      expect(pattern(source).find(`${'a'.repeat(50_000)}b`)).toEqual([])
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('finds with offsets of JavaScript, and covers what it can no longer tell apart', () => {
    expect(scan('😀 EMP-123456', { patterns: [pattern('EMP-\\d{6}')] })).toMatchObject([
      { kind: 'custom', category: 'custom', start: 3, end: 13 },
    ])
    const text = 'EMP-1 '.repeat(5000)
    expect(redact(text, { patterns: [pattern('EMP-\\d')] })).not.toContain('EMP')
    expect(scan('abc', { patterns: [pattern('x*')] })).toEqual([])
  })
})

describe('the allow list', () => {
  const [finding] = scan(TOKEN)
  const fingerprint = finding?.fingerprint ?? ''

  it('lets what it names stay, until its last day has passed, and tells then since when', () => {
    expect(scan(TOKEN, { allow: [{ fingerprint }], now })).toEqual([])
    expect(scan(TOKEN, { allow: [{ fingerprint, until: '2026-11-21', reason: 'a sample' }], now })).toEqual([])
    expect(redact(TOKEN, { allow: [{ fingerprint: fingerprint.toUpperCase() }], now })).toBe(TOKEN)
    expect(scan(TOKEN, { allow: [{ fingerprint, until: '2026-11-20' }], now })).toEqual([
      { ...finding, allowedUntil: '2026-11-20' },
    ])
    expect(scan(TOKEN, { allow: [{ fingerprint, until: '2026-11-21T11:59:59Z' }], now })).toHaveLength(1)
  })

  it.each(['', 'soon', '2026-02-31', '21.11.2027', '2027'])('takes the date %j for one that has passed', (until) => {
    expect(scan(TOKEN, { allow: [{ fingerprint, until }], now })).toHaveLength(1)
  })

  it('lets nothing else stay', () => {
    expect(scan(TOKEN, { allow: [{ fingerprint: '' }, { fingerprint: fingerprint.slice(0, 6) }], now })).toHaveLength(1)
  })

  it('counts in a data rule, whose reason says that an allowance has ended', () => {
    const project = testProject()
    const input = project.input({ kind: 'file_write', content: TOKEN })
    const rule = (until: string): ReturnType<typeof dataRule> =>
      dataRule({
        name: 'a',
        type: 'secret_detection',
        patterns: [],
        action: 'deny',
        allow: [{ fingerprint, until }],
        now,
      })
    const facts = { input } as Parameters<ReturnType<typeof dataRule>['check']>[0]
    expect(rule('2026-12-31').check(facts)).toEqual([])
    expect(rule('2026-01-31').check(facts)).toMatchObject([
      { reason: `it holds github_token; github_token ${fingerprint} was allowed until 2026-01-31` },
    ])
  })
})

describe('a fingerprint', () => {
  it('is long for what cannot be guessed, and too short to say which one for what can be counted through', () => {
    expect(scan(TOKEN)[0]?.fingerprint).toMatch(/^[0-9a-f]{12}$/)
    for (const text of [
      'ann@example.org',
      '536-22-8726',
      '+49 170 1234567',
      'password = "aB3$dE5f"',
      'postgres://a:b7Xq@c.d/e',
    ])
      expect(scan(text)[0]?.fingerprint).toMatch(/^[0-9a-f]{4}$/)
  })
})

describe('many names at once', () => {
  it('are found exactly where a plain search finds them', () => {
    const words = ['ab', 'abc', 'bc', 'c d', 'ABA', 'é', 'éa', 'xy z']
    let seed = 7
    const next = (most: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % most
    for (let round = 0; round < 300; round += 1) {
      const text = Array.from({ length: 40 }, () => 'abcdéÉABx yz .'.charAt(next(14))).join('')
      const names = words.slice(next(4))
      const expected = new Set<string>()
      for (const name of names)
        for (let at = 0; at <= text.length - name.length; at += 1) {
          const inside = [text.charAt(at - 1), text.charAt(at + name.length)].some((char) =>
            /[\p{L}\p{N}_]/u.test(char),
          )
          if (!inside && text.slice(at, at + name.length).toLowerCase() === name.toLowerCase()) expected.add(`${at}`)
        }
      const found = scan(text, { names, secrets: false, pii: false })
      for (const { start } of found) expect(expected).toContain(`${start}`)
      expect(found.length > 0).toBe(expected.size > 0)
    }
  })
})
