import type { Family, Series } from '../metrics/series.js'
import { SCOPE, type Resource } from './resource.js'
import { jsonDouble, nanoseconds } from './value.js'

const CUMULATIVE = 2

/** The body of a request to `/v1/metrics`, with how many points it has. */
export function encodeMetrics(
  families: Iterable<Family>,
  { resource, now }: { readonly resource: Resource; readonly now: number },
): { readonly body: string; readonly points: number } {
  const told = [...families].filter(({ series }) => series.size > 0)
  const points = told.reduce((sum, { series }) => sum + series.size, 0)
  const metrics = told.map((family) => encodeFamily(family, now))
  return {
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: SCOPE, metrics }] }] }),
    points,
  }
}

function encodeFamily({ options, series }: Family, now: number): object {
  const all = [...series.values()]
  const about = { name: options.name, description: options.help, unit: unitOf(options.unit) }
  if (options.kind === 'histogram') {
    const dataPoints = all.map((one) => ({
      ...pointOf(one, now),
      count: String(one.count),
      sum: one.value,
      bucketCounts: one.counts.map(String),
      explicitBounds: options.buckets ?? [],
    }))
    return { ...about, histogram: { dataPoints, aggregationTemporality: CUMULATIVE } }
  }
  const dataPoints = all.map((one) => ({ ...pointOf(one, now), asDouble: jsonDouble(one.value) }))
  return options.kind === 'gauge'
    ? { ...about, gauge: { dataPoints } }
    : { ...about, sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
}

function pointOf({ labels, startedAt }: Series, now: number): object {
  return {
    attributes: labels.map(([key, value]) => ({ key, value: { stringValue: value } })),
    startTimeUnixNano: nanoseconds(startedAt),
    timeUnixNano: nanoseconds(Math.max(now, startedAt)), // a clock that was set back makes no point before its beginning
  }
}

/** Units in UCUM; money is an annotation there. */
function unitOf(unit: string | undefined): string {
  if (unit === 'seconds') return 's'
  return unit === undefined ? '' : `{${unit}}`
}
