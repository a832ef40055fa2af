import { describe, expect, it } from 'vitest'
import { redact, scan } from '../src/index.js'
// The list itself, to see that no service goes without a sample.
import { vendors } from '../src/data/secrets/vendor.js'
import { hex, made } from './samples/make.js'
import { VENDOR_SAMPLES } from './samples/vendors.js'

function kindsIn(text: string): readonly string[] {
  return scan(text, { pii: false }).map(({ kind }) => kind)
}

describe('a value with the name of its service', () => {
  it.each(VENDOR_SAMPLES)('is a %s: %s', (kind, name, value) => {
    const variable = name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    for (const text of [`${name}=${value}\n`, `${name.toLowerCase()}: "${value}"`, `"${variable}": "${value}"`])
      expect(kindsIn(text)).toContain(kind)
    expect(redact(`${name}=${value}`)).not.toContain(value)
  })

  it.each(VENDOR_SAMPLES)('is not a %s where its form is another: %s', (kind, name, value) => {
    expect(kindsIn(`${name}="${value.slice(0, 7)}.."`)).not.toContain(kind)
    expect(kindsIn(`const ${name} = read("${value.slice(0, 5)}")`)).toEqual([])
  })

  it('has a sample for each service', () => {
    const sampled = new Set(VENDOR_SAMPLES.map(([kind]) => kind))
    expect(
      vendors()
        .map(({ kind }) => kind)
        .filter((kind) => !sampled.has(kind)),
    ).toEqual([])
  })

  it('is an assigned secret where its form is another', () => {
    expect(kindsIn(`DATADOG_API_KEY=${made(30)}`)).toEqual(['assigned_secret'])
  })
})

describe('a value whose name says that it is secret', () => {
  it.each([
    `api_key = "${made(32)}"`,
    `"client_secret": "${made(24)}"`,
    `export ACCESS_TOKEN=${made(32)}`,
    `acmeToken ${made(32)}`,
    `acme-secret-key: ${made(32)}`,
    `--oauth-token ${made(32)}`,
    `buildConfigField 'String' , 'API_KEY' , '"${hex(32)}"'`,
    `token = \\"${made(24)}\\"`,
    `private_key: ${made(64)}`,
  ])('is found in %s', (text) => {
    expect(kindsIn(text)).toEqual(['assigned_secret'])
    expect(redact(text)).not.toContain(made(12))
  })

  it.each([
    `password = "${made(8)}!"`,
    `"AdminPassword" : "Pass!23@#"`,
    `PW:${made(8)}!`,
    `mysql -u root --password ${made(12)}`,
    `CREATE ROLE ann WITH LOGIN PASSWORD '${made(10)}'`,
    `val password: String = "${made(10)}"`,
    `#define PASSWORD "${made(10)}"`,
    `the password is '${made(10)}'`,
    `if (password !== "${made(10)}") {`,
  ])('is a password in %s', (text) => {
    expect(kindsIn(text)).toEqual(['assigned_password'])
  })

  it.each([
    'const password = process.env.PASSWORD',
    'password: string',
    "password: 'required'",
    'this.addPassword = "#add-password"',
    'IAMUserChangePassword = "arn:aws:iam::aws:policy/IAMUserChangePassword"',
    'token = getToken()',
    'if (e.token === 1074790415) return',
    'key: "arrow-up-2"',
    "onError(range, 'KEY_OVER_1024_CHARS')",
    'export const X_METADATA_TOKEN_TTL = "x-metadata-token-ttl-seconds"',
    'secretKey = "YOUR_SECRET_KEY_HERE_12345"',
    'SECRET: ${{ secrets.DEPLOY_TOKEN_2 }}',
    'password: "${DB_PASSWORD_1}"',
    'keyboard: "us-international-105"',
    'bypass = "ab12CD34ef56GH78"',
    '_pWAF = "parseWAF1"',
    'credentials: "~/.config/acme2/credentials"',
    'tokenizer = "cl100k_base"',
    `"cacheKey": "${'a'.repeat(40)}"`,
    "secret: 'src/credentials2.js'",
    "login({ email, password: 'password123' })",
    `public_key: "${made(59)}="`,
    `key: sha256:${hex(64)}`,
    'accessControl: "max-age=31536000"',
    "token('x', '[A-Za-z0-9]{32}')",
    'set the mark [github_token:1f2e3d4c5b6a] in its place',
  ])('is not seen in %s', (text) => {
    expect(kindsIn(text)).toEqual([])
  })

  it('is not seen in what redaction has left', () => {
    const text = redact(`token = "${made(32)}"\npassword: "${made(10)}!"\nmail ann@example.org`)
    expect(redact(text)).toBe(text)
  })
})
