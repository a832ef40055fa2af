import type { Family, Series } from './series.js'

/** The two formats that Prometheus reads. */
export type MetricsFormat = 'openmetrics' | 'text'

/** What a server answers on `/metrics`. */
export interface RenderedMetrics {
  readonly contentType: string
  readonly body: string
}

const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

/** Picks the format that an `Accept` header asks for; the older text where it asks for neither or for both alike. */
export function metricsFormatOf(accept: string | undefined): MetricsFormat {
  let openmetrics = 0
  let text = 0
  for (const range of (accept ?? '').slice(0, 4096).split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const version = parameters.find((part) => part.startsWith('version='))?.slice('version='.length)
    const quality = qualityOf(parameters)
    if (type === 'application/openmetrics-text' && (version === undefined || version.startsWith('1.'))) {
      openmetrics = Math.max(openmetrics, quality)
    } else if (type === 'text/plain') text = Math.max(text, quality)
  }
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text'
}

/** Writes all families that have something to tell. */
export function renderFamilies(families: Iterable<Family>, format: MetricsFormat): RenderedMetrics {
  const lines: string[] = []
  for (const family of families) {
    if (family.series.size === 0) continue
    lines.push(...header(family, format))
    for (const series of family.series.values()) lines.push(...samples(family, series))
  }
  if (format === 'openmetrics') lines.push('# EOF')
  return { contentType: CONTENT_TYPES[format], body: lines.map((line) => `${line}\n`).join('') }
}

function header({ options: { name, kind, help, unit } }: Family, format: MetricsFormat): string[] {
  const family = format === 'openmetrics' && kind === 'counter' ? name.replace(/_total$/, '') : name
  // The older text leaves quotes in help as they are; OpenMetrics escapes them (§ ABNF, escaped-string).
  const text = format === 'openmetrics' ? escape(help) : help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  const lines = [`# HELP ${family} ${text}`, `# TYPE ${family} ${kind}`]
  if (format === 'openmetrics' && unit !== undefined) lines.push(`# UNIT ${family} ${unit}`)
  return lines
}

function samples({ options: { name, kind, buckets = [] } }: Family, series: Series): string[] {
  const { labels, value, count, counts } = series
  if (kind !== 'histogram') return [`${name}${labelText(labels)} ${numberText(value)}`]
  let below = 0
  const lines = [...buckets, Infinity].map((bound, index) => {
    below += counts[index] ?? 0
    return `${name}_bucket${labelText([...labels, ['le', boundText(bound)]])} ${below}`
  })
  return [
    ...lines,
    `${name}_sum${labelText(labels)} ${numberText(value)}`,
    `${name}_count${labelText(labels)} ${count}`,
  ]
}

function labelText(labels: readonly (readonly [string, string])[]): string {
  if (labels.length === 0) return ''
  return `{${labels.map(([name, value]) => `${name}="${escape(value)}"`).join(',')}}`
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}

/** Bounds are floats in their canonical form (OpenMetrics 1.0, "Considerations: Canonical Numbers"): `1.0`, not `1`. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : numberText(bound)
}

function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((part) => part.startsWith('q='))?.slice(2)
  if (text === undefined) return 1
  const quality = Number(text)
  return quality >= 0 && quality <= 1 ? quality : 0
}
