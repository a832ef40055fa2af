import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { destinationOf, forwardTargets, openForwarding } from '../../src/forward/index.js'
import { temporary } from '../folder.js'

const splunk = { LOKI_AUDIT_SPLUNK_URL: 'https://splunk.example:8088' }
const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret/key' }

describe('a malformed variable is an error that names it and does not show it:', () => {
  test.each([
    ['LOKI_AUDIT_SYSLOG_PORT', { LOKI_AUDIT_SYSLOG_HOST: 'h', LOKI_AUDIT_SYSLOG_PORT: 'secret' }],
    ['LOKI_AUDIT_SYSLOG_PORT', { LOKI_AUDIT_SYSLOG_HOST: 'h', LOKI_AUDIT_SYSLOG_PORT: '65536' }],
    ['LOKI_AUDIT_SYSLOG_PROTO', { LOKI_AUDIT_SYSLOG_HOST: 'h', LOKI_AUDIT_SYSLOG_PROTO: 'secret' }],
    ['LOKI_AUDIT_SYSLOG_HOST', { LOKI_AUDIT_SYSLOG_HOST: 'secret\nhost' }],
    ['LOKI_AUDIT_SYSLOG_KEY', { LOKI_AUDIT_SYSLOG_HOST: 'h', LOKI_AUDIT_SYSLOG_CERT: '/c.pem' }],
    ['LOKI_AUDIT_SPLUNK_TOKEN', splunk],
    ['LOKI_AUDIT_SPLUNK_TOKEN', { ...splunk, LOKI_AUDIT_SPLUNK_TOKEN: 'sec\r\nret' }],
    ['LOKI_AUDIT_SPLUNK_URL', { LOKI_AUDIT_SPLUNK_URL: 'http://splunk.example', LOKI_AUDIT_SPLUNK_TOKEN: 'secret' }],
    ['LOKI_AUDIT_SPLUNK_URL', { LOKI_AUDIT_SPLUNK_URL: 'https://u:secret@h', LOKI_AUDIT_SPLUNK_TOKEN: 't' }],
    ['LOKI_AUDIT_SPLUNK_URL', { LOKI_AUDIT_SPLUNK_URL: 'file:///secret', LOKI_AUDIT_SPLUNK_TOKEN: 't' }],
    [
      'LOKI_AUDIT_ELASTICSEARCH_INDEX',
      { LOKI_AUDIT_ELASTICSEARCH_URL: 'https://h', LOKI_AUDIT_ELASTICSEARCH_INDEX: '../secret' },
    ],
    ['LOKI_AUDIT_CLOUDWATCH_REGION', { LOKI_AUDIT_CLOUDWATCH_GROUP: 'g', ...aws }],
    ['AWS_SECRET_ACCESS_KEY', { LOKI_AUDIT_CLOUDWATCH_GROUP: 'g', AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKID' }],
    ['LOKI_AUDIT_OTLP', { LOKI_AUDIT_OTLP: 'secret' }],
    ['LOKI_OTEL_ENDPOINT', { LOKI_AUDIT_OTLP: 'true' }],
  ])('%s', (name, env) => {
    let message = ''
    try {
      forwardTargets(env)
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_SETTING' })
      message = error instanceof Error ? error.message : ''
    }
    expect(message).toContain(name)
    expect(message).not.toMatch(/secret|sec\r/)
  })
})

describe('without a variable', () => {
  test.each([{}, { LOKI_AUDIT_SYSLOG_HOST: ' ' }, { LOKI_OTEL_ENDPOINT: 'http://localhost:4318' }])(
    '%j is off',
    (env) => {
      expect(forwardTargets(env)).toEqual([])
      const off = openForwarding({ env })
      expect(Object.isFrozen(off)).toBe(true)
      expect(off.enabled).toBe(false)
    },
  )

  it('accepts every call and leaves no trace', async () => {
    const dir = temporary()
    const off = openForwarding({ dir, env: {} })
    off.start()
    expect(await off.drain()).toEqual([])
    expect(await off.status()).toEqual([])
    await off.close()
    expect(existsSync(join(dir, 'forward'))).toBe(false)
  })

  it('is off when auditing is, whatever else is set', () => {
    expect(openForwarding({ env: { LOKI_AUDIT_SYSLOG_HOST: 'h', LOKI_AUDIT_DISABLED: 'true' } }).enabled).toBe(false)
  })
})

describe('a target', () => {
  it('has the defaults of its protocol', () => {
    const ports = ['udp', 'tcp', 'tls', 'relp'].map((LOKI_AUDIT_SYSLOG_PROTO) =>
      forwardTargets({ LOKI_AUDIT_SYSLOG_HOST: 'log.example', LOKI_AUDIT_SYSLOG_PROTO }).map(destinationOf),
    )
    expect(ports.flat()).toEqual([
      'udp://log.example:514',
      'tcp://log.example:514',
      'tls://log.example:6514',
      'relp://log.example:2514',
    ])
    expect(forwardTargets({ LOKI_AUDIT_SYSLOG_HOST: 'h' })).toMatchObject([
      { protocol: 'udp', format: 'json', maxBytes: 8192 },
    ])
  })

  it('is named without its secrets', () => {
    const targets = forwardTargets({
      ...splunk,
      LOKI_AUDIT_SPLUNK_TOKEN: 'secret-1',
      LOKI_AUDIT_ELASTICSEARCH_URL: 'https://es.example',
      LOKI_AUDIT_ELASTICSEARCH_API_KEY: 'secret-2',
      LOKI_AUDIT_CLOUDWATCH_GROUP: '/loki',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret-3',
      LOKI_OTEL_ENDPOINT: 'http://otel.example:4318/',
      LOKI_AUDIT_OTLP: 'yes',
    })
    expect(targets.map(destinationOf)).toEqual([
      'https://splunk.example:8088',
      'https://es.example/logs-loki.audit-default',
      'https://logs.eu-west-1.amazonaws.com /loki loki-audit',
      'http://otel.example:4318/v1/logs',
    ])
  })
})
