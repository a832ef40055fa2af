import type { Attributes } from '../trace/attributes.js'
import { SAMPLERS, samplerOf, type Sampler } from '../trace/sampler.js'
import { destinationOf, type Destination, type Signal } from './endpoint.js'
import { headersOf, pairsOf } from './pairs.js'
import { booleanOf, invalid, numberOf, textOf, wordOf } from './value.js'

/** How one signal is sent. */
export interface SignalSettings {
  readonly enabled: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly gzip: boolean
  readonly tls: TlsSettings
}

interface TlsSettings {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

export interface Settings {
  readonly destination: Destination
  readonly signals: Readonly<Record<Signal, SignalSettings>>
  readonly resource: Attributes
  readonly sampler: Sampler
  readonly content: boolean
  /** Milliseconds between two exports of spans, and of metrics. */
  readonly spanInterval: number
  readonly metricInterval: number
  readonly batch: number
}

/** What of the program itself bears on the settings. */
export interface SettingOptions {
  readonly endpoint?: string | undefined
  readonly serviceName?: string | undefined
  readonly resource?: Attributes | undefined
  readonly content?: boolean | undefined
}

/** Whether variables turn it on; `OTEL_SDK_DISABLED` always wins. Malformed ones are errors also where it is off. */
export function turnedOn(
  env: NodeJS.ProcessEnv,
  options: { readonly enabled?: boolean | undefined } & SettingOptions,
): boolean {
  const disabled = booleanOf(env, 'OTEL_SDK_DISABLED') ?? false
  const wanted = options.enabled ?? (options.endpoint ?? textOf(env, 'LOKI_OTEL_ENDPOINT')) !== undefined
  return wanted && !disabled
}

/** Reads every variable once. Throws a TelemetryError that names the one it cannot read. */
export function settingsOf(env: NodeJS.ProcessEnv, options: SettingOptions): Settings {
  const ratio = numberOf(env, 'OTEL_TRACES_SAMPLER_ARG', { least: 0, most: 1 }) ?? 1
  const sampler = wordOf(env, 'OTEL_TRACES_SAMPLER', SAMPLERS) ?? 'parentbased_always_on'
  wordOf(env, 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', ['cumulative']) // what is sent has no other
  return {
    destination: destinationOf(env, options.endpoint),
    signals: { traces: signalOf(env, 'TRACES'), metrics: signalOf(env, 'METRICS') },
    resource: resourceAttributes(env, options),
    sampler: samplerOf(sampler, ratio),
    content: options.content ?? booleanOf(env, 'LOKI_OTEL_CONTENT') ?? false,
    spanInterval: numberOf(env, 'OTEL_BSP_SCHEDULE_DELAY', { least: 10, most: 600_000 }) ?? 5000,
    metricInterval: numberOf(env, 'OTEL_METRIC_EXPORT_INTERVAL', { least: 100, most: 3_600_000 }) ?? 60_000,
    batch: Math.floor(numberOf(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', { least: 1, most: 8192 }) ?? 512),
  }
}

function signalOf(env: NodeJS.ProcessEnv, signal: 'TRACES' | 'METRICS'): SignalSettings {
  const variable = (name: string): string => {
    const own = `OTEL_EXPORTER_OTLP_${signal}_${name}`
    return textOf(env, own) === undefined ? `OTEL_EXPORTER_OTLP_${name}` : own
  }
  // Both protocols over HTTP share their paths, and receivers tell them apart by the content type: JSON serves for either.
  wordOf(env, variable('PROTOCOL'), ['http/json', 'http/protobuf'])
  const exporters = textOf(env, `OTEL_${signal}_EXPORTER`)?.split(',') ?? []
  return {
    enabled: !exporters.some((name) => name.trim() === 'none'),
    headers: headersOf(env, ['OTEL_EXPORTER_OTLP_HEADERS', `OTEL_EXPORTER_OTLP_${signal}_HEADERS`]),
    timeoutMs: numberOf(env, variable('TIMEOUT'), { least: 1, most: 600_000 }) ?? 10_000,
    gzip: (wordOf(env, variable('COMPRESSION'), ['gzip', 'none']) ?? 'gzip') === 'gzip',
    tls: tlsOf(env, variable),
  }
}

function tlsOf(env: NodeJS.ProcessEnv, variable: (name: string) => string): TlsSettings {
  const read = (name: string): Buffer | undefined => {
    const path = textOf(env, variable(name))
    if (path === undefined) return undefined
    try {
      return process.getBuiltinModule('node:fs').readFileSync(path) // not imported: that alone costs a millisecond
    } catch (cause) {
      throw invalid(variable(name), 'a file that can be read', JSON.stringify(path), cause)
    }
  }
  const ca = read('CERTIFICATE')
  const cert = read('CLIENT_CERTIFICATE')
  const key = read('CLIENT_KEY')
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] =
      cert === undefined ? ['CLIENT_KEY', 'CLIENT_CERTIFICATE'] : ['CLIENT_CERTIFICATE', 'CLIENT_KEY']
    throw invalid(variable(missing), `set where ${variable(there)} is`, 'nothing')
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

function resourceAttributes(env: NodeJS.ProcessEnv, options: SettingOptions): Attributes {
  const given = Object.fromEntries(pairsOf(env, 'OTEL_RESOURCE_ATTRIBUTES'))
  const name = options.serviceName ?? textOf(env, 'LOKI_SERVICE_NAME') ?? textOf(env, 'OTEL_SERVICE_NAME')
  return {
    'telemetry.sdk.name': 'loki',
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.version': '0.1.0',
    'service.name': 'loki-mode',
    ...options.resource,
    ...given,
    ...(name === undefined ? {} : { 'service.name': name }),
  }
}
