import { describe, expect, it } from 'vitest'
import { redact, scan } from '../src/index.js'
import { withBase62Crc } from './samples/code.js'
import { made } from './samples/make.js'

const TOKEN = withBase62Crc('ghp_', made(30))
const PLAIN = scan(TOKEN)[0]?.fingerprint

describe('an encoded secret', () => {
  it.each([
    ['base64', `data: ${Buffer.from(`token is ${TOKEN}, keep it`).toString('base64')}`],
    ['base64url', `data: ${Buffer.from(`????????? ${TOKEN}`).toString('base64url')}`],
    ['hexadecimal', `data: ${Buffer.from(TOKEN).toString('hex')}`],
    ['percent encoding', `data: x%3D%20${TOKEN}%20`],
    ['a string of JSON', `data: ${JSON.stringify(`x\n${TOKEN}\n`)}`],
  ])('is found in %s, with the fingerprint of the secret itself', (_, text) => {
    const [finding, ...others] = scan(text)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ kind: 'github_token', fingerprint: PLAIN })
    expect(redact(text)).toContain(`[github_token:${PLAIN ?? ''}]`)
    expect(redact(text)).not.toContain(made(20))
  })

  it('is found in a password of an address that is encoded whole', () => {
    const text = `u=postgres%3A%2F%2Fapp%3A${made(10)}%40db.internal%2Fapp`
    expect(scan(text)).toMatchObject([{ kind: 'postgres_url' }])
    expect(redact(text)).not.toContain(made(10))
  })

  it('is found in a key whose lines are escaped, joined or quoted', () => {
    const body = made(64)
    for (const newline of ['\\n', '\\r\\n', '" +\n  "', '\\\n', '\n    '])
      expect(scan(`-----BEGIN PRIVATE KEY-----${newline}${body}${newline}-----END PRIVATE KEY-----`)).toMatchObject([
        { kind: 'private_key', start: 0 },
      ])
  })

  it('covers all of a key: long ones, wrapped base64, the files of PuTTY', () => {
    const body = `${made(64)}\n`.repeat(200)
    const key = `-----BEGIN ANY PRIVATE KEY-----\n${body}-----END ANY PRIVATE KEY-----\n`
    const wrapped = Buffer.from(key)
      .toString('base64')
      .replace(/(.{76})/g, '$1\n')
    const putty = `PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: ann\nPrivate-Lines: 200\n${body}Private-MAC: ${made(64)}\n`
    for (const text of [key, wrapped, putty]) {
      expect(scan(text)).toHaveLength(1)
      expect(redact(text).length).toBeLessThan(60)
    }
  })

  it.each([[0], [1], [2]])('is found in UTF-16 that was read as single bytes, with %i bytes before it', (before) => {
    for (const swapped of [false, true]) {
      const bytes = Buffer.from(`${'é'.repeat(before)}const x = "${TOKEN}"\n`, 'utf16le')
      const text = (swapped ? bytes.swap16() : bytes).toString('latin1')
      expect(scan(text)).toMatchObject([{ kind: 'github_token', fingerprint: PLAIN }])
      expect(redact(text).replaceAll('\0', '')).not.toContain(made(12))
    }
  })

  it('is not sought behind two encodings, nor in bytes that are no text', () => {
    const once = Buffer.from(TOKEN).toString('base64')
    expect(scan(Buffer.from(once).toString('base64'))).toEqual([])
    expect(scan(Buffer.concat([Buffer.from([0, 255, 1]), Buffer.from(TOKEN)]).toString('base64'))).toEqual([])
  })
})

describe('a long text', () => {
  it('is looked through to its end, however long it is', () => {
    const text = `${'const a = 1\n'.repeat(500_000)}${TOKEN}\n`
    expect(scan(text)).toMatchObject([{ kind: 'github_token', start: text.length - TOKEN.length - 1 }])
  })

  it('tells a thousand findings at most, of which the last covers the rest, and replaces them all', () => {
    const text = `${TOKEN}\n`.repeat(1500)
    const findings = scan(text)
    expect(findings).toHaveLength(1000)
    expect(findings.at(-2)).toMatchObject({ kind: 'github_token' })
    expect(findings.at(-1)).toMatchObject({
      kind: 'further_findings',
      category: 'secret',
      start: 999 * (TOKEN.length + 1),
      end: text.length,
    })
    expect(scan(`${TOKEN}\n`.repeat(1000)).at(-1)).toMatchObject({ kind: 'github_token' })
    expect(redact(text)).not.toContain(made(12))
  })
})
