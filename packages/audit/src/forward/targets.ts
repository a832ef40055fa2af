import { AuditError } from '../error.js'
import type {
  CloudWatchTarget,
  ElasticsearchTarget,
  Format,
  ForwardTarget,
  OtlpTarget,
  SplunkTarget,
  SyslogTarget,
} from './types.js'
import { variablesOf } from './variables.js'
import type { Variables } from './variables.js'

const FORMATS: readonly Format[] = ['json', 'cef', 'ecs', 'ocsf']
const PROTOCOLS = ['udp', 'tcp', 'tls', 'relp'] as const
/** 6514 is that of RFC 5425, 2514 the customary one of RELP. */
const PORTS = { udp: 514, tcp: 514, tls: 6514, relp: 2514 } as const
const MESSAGE_BYTES = { least: 2048, most: 1_048_576 }
const PORT = { least: 1, most: 65_535 }

/**
 * The receivers that the environment names; none is off. Reads nothing but `env`; throws an AuditError that names the
 * variable that is malformed or missing.
 */
export function forwardTargets(env: NodeJS.ProcessEnv): readonly ForwardTarget[] {
  const variables = variablesOf(env)
  return [
    syslog(variables),
    splunk(variables),
    elasticsearch(variables),
    cloudWatch(variables),
    otlp(variables),
  ].filter((target) => target !== undefined)
}

/** Where a target is, without anything secret. */
export function destinationOf(target: ForwardTarget): string {
  switch (target.kind) {
    case 'syslog':
      return `${target.protocol}://${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
    case 'splunk':
      return target.url
    case 'elasticsearch':
      return `${target.url}/${target.index}`
    case 'cloudwatch':
      return `${target.endpoint} ${target.group} ${target.stream}`
    case 'otlp':
      return target.url
  }
}

function syslog({ text, integer, choice }: Variables): SyslogTarget | undefined {
  const host = text('LOKI_AUDIT_SYSLOG_HOST', /^[A-Za-z0-9._:-]{1,255}$/)
  if (host === undefined) return undefined
  const protocol = choice('LOKI_AUDIT_SYSLOG_PROTO', PROTOCOLS) ?? 'udp'
  const path = /^[^\0]+$/
  const certFile = text('LOKI_AUDIT_SYSLOG_CERT', path)
  const keyFile = text('LOKI_AUDIT_SYSLOG_KEY', path)
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const missing = certFile === undefined ? 'LOKI_AUDIT_SYSLOG_CERT' : 'LOKI_AUDIT_SYSLOG_KEY'
    throw new AuditError('INVALID_SETTING', `expected ${missing} too: a certificate and its key go together`)
  }
  return {
    kind: 'syslog',
    host,
    protocol,
    port: integer('LOKI_AUDIT_SYSLOG_PORT', PORT) ?? PORTS[protocol],
    format: choice('LOKI_AUDIT_SYSLOG_FORMAT', FORMATS) ?? 'json',
    maxBytes: integer('LOKI_AUDIT_SYSLOG_MAX_BYTES', MESSAGE_BYTES) ?? 8192,
    caFile: text('LOKI_AUDIT_SYSLOG_CA', path),
    certFile,
    keyFile,
  }
}

function splunk({ text, required, choice, url }: Variables): SplunkTarget | undefined {
  const base = url('LOKI_AUDIT_SPLUNK_URL', { secret: true })
  if (base === undefined) return undefined
  return {
    kind: 'splunk',
    url: base.replace(/\/services\/collector(\/event)?$/, ''),
    token: required('LOKI_AUDIT_SPLUNK_TOKEN', 'LOKI_AUDIT_SPLUNK_URL'),
    index: text('LOKI_AUDIT_SPLUNK_INDEX'),
    sourcetype: text('LOKI_AUDIT_SPLUNK_SOURCETYPE') ?? 'loki:audit',
    format: choice('LOKI_AUDIT_SPLUNK_FORMAT', FORMATS) ?? 'json',
  }
}

function elasticsearch({ text, url }: Variables): ElasticsearchTarget | undefined {
  const apiKey = text('LOKI_AUDIT_ELASTICSEARCH_API_KEY')
  const base = url('LOKI_AUDIT_ELASTICSEARCH_URL', { secret: apiKey !== undefined })
  if (base === undefined) return undefined
  const index = text('LOKI_AUDIT_ELASTICSEARCH_INDEX', /^[a-z0-9][a-z0-9._-]{0,254}$/) ?? 'logs-loki.audit-default'
  return { kind: 'elasticsearch', url: base, index, apiKey }
}

function cloudWatch({ text, required, choice, url }: Variables): CloudWatchTarget | undefined {
  const group = text('LOKI_AUDIT_CLOUDWATCH_GROUP', /^[A-Za-z0-9._/#-]{1,512}$/)
  if (group === undefined) return undefined
  const because = 'LOKI_AUDIT_CLOUDWATCH_GROUP'
  const place = /^[a-z]{2}[a-z0-9-]{2,30}$/
  const region =
    text('LOKI_AUDIT_CLOUDWATCH_REGION', place) ??
    text('AWS_REGION', place) ??
    text('AWS_DEFAULT_REGION', place) ??
    required('LOKI_AUDIT_CLOUDWATCH_REGION', because)
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  return {
    kind: 'cloudwatch',
    endpoint:
      // The request is signed, so that the secret itself never travels.
      url('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', { secret: false }) ?? `https://logs.${region}.${domain}`,
    region,
    group,
    stream: text('LOKI_AUDIT_CLOUDWATCH_STREAM', /^[^:*\p{Cc}]{1,512}$/u) ?? 'loki-audit',
    format: choice('LOKI_AUDIT_CLOUDWATCH_FORMAT', FORMATS) ?? 'json',
    accessKeyId: required('AWS_ACCESS_KEY_ID', because, /^\w{4,128}$/),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY', because),
    sessionToken: text('AWS_SESSION_TOKEN'),
  }
}

function otlp({ choice, required, url }: Variables): OtlpTarget | undefined {
  const word = choice('LOKI_AUDIT_OTLP', ['true', '1', 'yes', 'on', 'false', '0', 'no', 'off'])
  if (word === undefined || ['false', '0', 'no', 'off'].includes(word)) return undefined
  const endpoint = required('LOKI_OTEL_ENDPOINT', 'LOKI_AUDIT_OTLP')
  const base = url('LOKI_OTEL_ENDPOINT', { secret: false }) ?? endpoint
  return { kind: 'otlp', url: base.endsWith('/v1/logs') ? base : `${base}/v1/logs` }
}
