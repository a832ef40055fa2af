import type { Carrier } from './export/carrier.js'
import { flushAt } from './export/exit.js'
import { fileCarrier } from './export/file.js'
import { httpCarrier } from './export/http.js'
import type { DeliveryCounts } from './export/problem.js'
import { Exporter } from './live.js'
import { openMetrics, OFF_METRICS } from './metrics/metrics.js'
import { settingsOf, turnedOn, type Settings } from './settings/settings.js'
import { contentNames } from './spans/content.js'
import { sessionSpans } from './spans/documented.js'
import { genAiSpans } from './spans/gen-ai.js'
import { governanceSpans } from './spans/governance.js'
import { OFF_SPAN } from './trace/inert.js'
import { tracerOf } from './trace/tracer.js'
import type { Telemetry, TelemetryOptions } from './types.js'

const FILE_LIMITS = { maxBytes: 64 * 1024 * 1024, keep: 8 }

/**
 * Opens traces and metrics of this program, or the inert object of the same type where no endpoint is set. Throws a
 * TelemetryError `INVALID_SETTING` that names a variable it cannot read; once open, nothing throws.
 */
export function openTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { env = process.env } = options
  if (!turnedOn(env, options)) {
    return options.metrics === undefined ? OFF : Object.freeze({ ...OFF, metrics: options.metrics })
  }
  const settings = settingsOf(env, options)
  const clock = options.now
  const now = clock === undefined ? Date.now : (): number => clock().getTime()
  const metrics = options.metrics ?? openMetrics({ now: clock })
  const exporter = new Exporter(settings, { options, metrics, carrier: carrierOf(settings), now })
  const isContent = contentNames()
  const startSpan = tracerOf(settings.sampler, {
    now,
    tick: () => performance.now(),
    keeps: (name) => settings.content || !isContent(name),
    ended: (span) => {
      exporter.push(span)
    },
  })
  const close = (): Promise<void> => {
    unlisten()
    return exporter.close()
  }
  const unlisten = flushAt(options.flushAt ?? ['beforeExit'], { flush: () => exporter.flush(), close })
  return Object.freeze({
    enabled: true,
    metrics,
    startSpan,
    ...sessionSpans(startSpan),
    ...governanceSpans(startSpan),
    ...genAiSpans(startSpan),
    counts: () => ({ traces: { ...exporter.counts.traces.counts }, metrics: { ...exporter.counts.metrics.counts } }),
    flush: () => exporter.flush(),
    close,
  })
}

function carrierOf({ destination, signals }: Settings): Carrier {
  if (destination.kind === 'file') return fileCarrier(destination.folder, FILE_LIMITS)
  return httpCarrier({
    traces: { ...signals.traces, url: destination.traces },
    metrics: { ...signals.metrics, url: destination.metrics },
  })
}

const NONE: DeliveryCounts = Object.freeze({
  delivered: 0,
  overflow: 0,
  refused: 0,
  rejected: 0,
  abandoned: 0,
  closed: 0,
})

const offSpan = (): typeof OFF_SPAN => OFF_SPAN

const OFF: Telemetry = Object.freeze({
  enabled: false,
  metrics: OFF_METRICS,
  startSpan: offSpan,
  startProjectSpan: offSpan,
  startTaskSpan: offSpan,
  startRARVSpan: offSpan,
  startQualityGateSpan: offSpan,
  startAgentSpan: offSpan,
  startCouncilSpan: offSpan,
  startDecisionSpan: offSpan,
  startApprovalSpan: offSpan,
  startSandboxSpan: offSpan,
  startIntegrationSpan: offSpan,
  startInvokeAgentSpan: offSpan,
  startToolSpan: offSpan,
  counts: () => ({ traces: NONE, metrics: NONE }),
  flush: () => Promise.resolve(),
  close: () => Promise.resolve(),
})
