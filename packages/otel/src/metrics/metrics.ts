import { FAMILIES, type CounterName, type FamilyName, type GaugeName, type HistogramName } from './families.js'
import { metricsFormatOf, renderFamilies, type RenderedMetrics } from './render.js'
import { Family, type Counter, type Gauge, type Histogram } from './series.js'

/** All that Loki measures, each under a name of its own. No call throws, and none waits. */
export interface Metrics extends Readonly<
  Record<CounterName, Counter> & Record<GaugeName, Gauge> & Record<HistogramName, Histogram>
> {
  readonly enabled: boolean
  /** `loki_tasks_total` and `loki_tasks`. */
  readonly tasks: Gauge
  /** `loki_agents_total` and `loki_agents`. */
  readonly agents: Gauge
  /** What `/metrics` answers to a request with this `Accept` header: OpenMetrics 1.0 where asked, else the older text. */
  render(accept?: string): RenderedMetrics
}

/** How to open metrics. */
export interface MetricsOptions {
  /** Most series of one metric; all others are counted together as `other`. Default 1000. */
  readonly maxSeries?: number | undefined
  readonly now?: (() => Date) | undefined
}

/** The families behind an object of metrics, for those who export them. */
const families = new WeakMap<Metrics, Readonly<Record<FamilyName, Family>>>()

/** Opens metrics that are kept in this process, to be shown on `/metrics` and sent by {@link openTelemetry}. */
export function openMetrics(options: MetricsOptions = {}): Metrics {
  const { now } = options
  const of = { maxSeries: options.maxSeries ?? 1000, now: now === undefined ? Date.now : () => now().getTime() }
  // The keys are those of the table.
  const all = Object.fromEntries(
    Object.entries(FAMILIES).map(([name, family]) => [name, new Family(family, of)]),
  ) as Record<FamilyName, Family>
  const { tasksTotal, tasksNow, agentsTotal, agentsNow } = all
  const metrics: Metrics = Object.freeze({
    ...all,
    enabled: true,
    tasks: both(tasksTotal, tasksNow),
    agents: both(agentsTotal, agentsNow),
    render: (accept?: string) => renderFamilies(Object.values(all), metricsFormatOf(accept)),
  })
  families.set(metrics, all)
  return metrics
}

/** The families of metrics that are on. */
export function familiesOf(metrics: Metrics): Readonly<Record<FamilyName, Family>> | undefined {
  return families.get(metrics)
}

function both(one: Gauge, other: Gauge): Gauge {
  return {
    set: (value, labels) => {
      one.set(value, labels)
      other.set(value, labels)
    },
    clear: (labels) => {
      one.clear(labels)
      other.clear(labels)
    },
  }
}

const nothing = (): void => undefined

const INERT = Object.freeze({ add: nothing, total: nothing, set: nothing, clear: nothing, record: nothing })

/** Metrics of telemetry that is off. */
export const OFF_METRICS: Metrics = Object.freeze({
  // The keys are those of the table.
  ...(Object.fromEntries(Object.keys(FAMILIES).map((name) => [name, INERT])) as Record<FamilyName, typeof INERT>),
  enabled: false,
  tasks: INERT,
  agents: INERT,
  render: (accept?: string) => renderFamilies([], metricsFormatOf(accept)),
})
