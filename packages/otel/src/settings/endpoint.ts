import { invalid, textOf } from './value.js'

export type Signal = 'traces' | 'metrics'

/** Where signals go: a collector, by one URL for each, or a folder of files. */
export type Destination =
  | { readonly kind: 'http'; readonly traces: URL; readonly metrics: URL }
  | { readonly kind: 'file'; readonly folder: URL }

const DEFAULT = 'http://localhost:4318'

/**
 * Reads where to send to: the option, then the variable of the signal, then `LOKI_OTEL_ENDPOINT`, then
 * `OTEL_EXPORTER_OTLP_ENDPOINT`. A base gets `/v1/traces` or `/v1/metrics` behind its path, one of a signal is used as it is.
 */
export function destinationOf(env: NodeJS.ProcessEnv, option: string | undefined): Destination {
  const base = baseOf(env, option)
  if (base.protocol === 'file:') return { kind: 'file', folder: withSlash(base) }
  const ofSignal = (signal: Signal): URL => {
    const variable = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`
    const own = option === undefined ? textOf(env, variable) : undefined
    if (own !== undefined) return readUrl(own, variable, ['http:', 'https:'])
    const url = new URL(base)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal}`
    return url
  }
  return { kind: 'http', traces: ofSignal('traces'), metrics: ofSignal('metrics') }
}

/** A URL as it may be shown: who it is, without names, keys or queries. */
export function shownUrl(url: URL): string {
  return url.protocol === 'file:' ? url.href : `${url.origin}${url.pathname}`
}

function baseOf(env: NodeJS.ProcessEnv, option: string | undefined): URL {
  if (option !== undefined) return readUrl(option, 'endpoint', ['http:', 'https:', 'file:'])
  for (const variable of ['LOKI_OTEL_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const text = textOf(env, variable)
    if (text !== undefined) return readUrl(text, variable, ['http:', 'https:', 'file:'])
  }
  return new URL(DEFAULT)
}

/** The value may hold a key, so that no error shows it. */
function readUrl(text: string, name: string, protocols: readonly string[]): URL {
  const expected = `a URL such as ${DEFAULT}${protocols.includes('file:') ? ' or file:///var/lib/loki/otel/' : ''}`
  if (!URL.canParse(text)) throw invalid(name, expected, `${text.length} characters that are no URL`)
  const url = new URL(text)
  if (!protocols.includes(url.protocol)) throw invalid(name, expected, `one of ${url.protocol.slice(0, 16)}`)
  if (url.protocol === 'file:' && url.host !== '') throw invalid(name, expected, 'a file of another machine')
  url.hash = ''
  return url
}

function withSlash(url: URL): URL {
  const folder = new URL(url)
  if (!folder.pathname.endsWith('/')) folder.pathname += '/'
  return folder
}
