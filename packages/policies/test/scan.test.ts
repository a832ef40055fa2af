import { describe, expect, it } from 'vitest'
import { redact, scan } from '../src/index.js'
import { testProject } from './project.js'
import { hex, made, upper } from './samples/make.js'

const SECRETS: readonly (readonly [string, string])[] = [
  ['aws_access_key_id', `AKIA${upper(16)}`],
  ['github_token', `ghp_${made(36)}`],
  ['github_app_token', `ghs_${made(36)}`],
  ['github_fine_grained_token', `github_pat_${made(22)}_${made(59)}`],
  ['gitlab_token', `glpat-${made(20)}`],
  ['slack_bot_token', `xoxb-${made(12)}-${made(24)}`],
  ['slack_webhook', `hooks.slack.com/services/T${upper(9)}/B${upper(9)}/${made(24)}`],
  ['stripe_key', `sk_live_${made(24)}`],
  ['openai_key', `sk-proj-${made(60)}`],
  ['openai_key', `sk-${made(48)}`],
  ['anthropic_key', `sk-ant-api03-${made(93)}`],
  ['google_api_key', `AIza${made(35)}`],
  ['npm_token', `npm_${made(36)}`],
  ['pypi_token', `pypi-AgE${made(80)}`],
  ['sendgrid_key', `SG.${made(22)}.${made(43)}`],
  ['twilio_api_key', `SK${hex(32)}`],
  ['jwt', `eyJ${made(30)}.eyJ${made(50)}.${made(43)}`],
  ['huggingface_token', `hf_${made(34, 'abCDefGHijKLmnOPqrSTuvWXyz')}`],
  ['digitalocean_token', `dop_v1_${hex(64)}`],
  ['vault_token', `hvs.${made(40)}`],
  ['private_key', `-----BEGIN PRIVATE KEY-----\n${made(64)}\n-----END PRIVATE KEY-----`],
]

describe('secrets', () => {
  it.each(SECRETS)('%s', (kind, value) => {
    const text = `const x = "${value}"\n`
    const findings = scan(text)
    expect(findings).toMatchObject([
      {
        kind,
        category: 'secret',
        start: 11,
        end: 11 + value.length,
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
      },
    ])
    expect(JSON.stringify(findings)).not.toContain(value.slice(4, 16))
    expect(redact(text)).toBe(`const x = "[${kind}:${findings[0]?.fingerprint ?? ''}]"\n`)
  })

  it.each([
    [`postgres://app:${made(12)}@db.internal:5432/app`],
    [`Authorization: Bearer ${made(40)}`],
    [`{"password": "${made(10)}!"}`],
    [`DB_PASSWORD='${made(12)}'`],
    [`api_key = "${made(32)}"`],
    [`export API_TOKEN=${made(32)}`],
    [`client_secret: "${made(32)}"`],
  ])('in an assignment, header or address: %s', (text) => {
    expect(scan(text)).toHaveLength(1)
    expect(redact(text)).not.toContain(made(10))
  })

  it.each([
    'const password = process.env.PASSWORD',
    'password: string',
    'token = getToken()',
    'api_key = "YOUR_API_KEY_HERE_1"',
    'API_KEY=${API_KEY}',
    'secret: {{ secret_value }}',
    'password = "changeme-please"',
    'postgres://user:${PASSWORD}@localhost/db',
    'https://example.com/a:b@c',
    'tokenizer = "cl100k_base"',
    `sha256-${made(43)}=`,
    `integrity: sha512-${made(86)}==`,
    `commit ${hex(40)}`,
    'AKIA is a prefix',
    'sk-learn',
    '-----BEGIN PUBLIC KEY-----',
    '-----BEGIN CERTIFICATE-----',
    'const key = `user:${id}`',
    'import { secret } from "./secret-manager.js"',
  ])('are not seen in %s', (text) => {
    expect(scan(text)).toEqual([])
  })
})

describe('personal data', () => {
  it.each([
    ['email', 'ann.b+c@example.co.uk'],
    ['phone', '+49 170 1234567'],
    ['phone', '(415) 555-2671'],
    ['phone', '415-555-2671'],
    ['us_ssn', '536-22-8726'],
    ['card_number', '4111 1111 1111 1111'],
    ['card_number', '378282246310005'],
    ['iban', 'DE89 3704 0044 0532 0130 00'],
    ['iban', 'GB82WEST12345698765432'],
    ['ip_address', '203.0.113.7'],
    ['ip_address', '2001:db8::ff00:42:8329'],
  ])('%s: %s', (kind, value) => {
    expect(scan(`to ${value}, please`)).toMatchObject([{ kind, category: 'pii', start: 3, end: 3 + value.length }])
  })

  it.each([
    '4111 1111 1111 1112',
    '1234567890123456',
    '000-12-3456',
    '666-12-3456',
    '912-12-3456',
    '123-00-4567',
    '123-45-0000',
    'DE89 3704 0044 0532 0130 01',
    '999.1.1.1',
    '127.0.0.1',
    'git@github.com:a/b.git',
    '1234567890',
    '2026-11-21',
    '12:34:56',
    'std::vector',
    'a@b',
    '@decorator',
    '1.2.3',
  ])('is not seen in %s', (text) => {
    expect(scan(text)).toEqual([])
  })
})

describe('the data point', () => {
  const project = testProject()
  const token = `ghp_${made(36)}`

  it('denies a secret in content and in a command without a policy file, and never repeats it', () => {
    const policies = project.open()
    for (const input of [
      { kind: 'file_write', paths: ['a'], content: `x = "${token}"` },
      { command: `curl -H 'X: ${token}' https://example.com` },
    ]) {
      const evaluation = policies.decide(project.input(input))
      expect(evaluation).toMatchObject({
        decision: 'DENY',
        rule: 'loki_secret_detection',
        violations: [{ point: 'data', findings: [{ kind: 'github_token' }] }],
      })
      expect(JSON.stringify(evaluation)).not.toContain(token.slice(4, 16))
    }
    expect(
      policies.decide(project.input({ kind: 'file_write', paths: ['a'], content: 'mail ann@example.org' })).decision,
    ).toBe('ALLOW')
  })

  it('lets a file’s own secret rule stand in for the built-in one', () => {
    project.write(
      '.loki/policies.yaml',
      'data:\n  - {name: mine, type: secret_detection, action: warn}\n  - {name: people, type: pii_detection, action: require_approval}\n',
    )
    const policies = project.open()
    expect(policies.decide(project.input({ kind: 'file_write', paths: ['a'], content: token }))).toMatchObject({
      decision: 'ALLOW',
      warnings: [{ rule: 'mine' }],
    })
    expect(
      policies.decide(project.input({ kind: 'file_write', paths: ['a'], content: 'ann@example.org' })),
    ).toMatchObject({ decision: 'REQUIRE_APPROVAL', rule: 'people' })
  })
})
