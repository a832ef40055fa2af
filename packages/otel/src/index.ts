export { formatTraceparent, parseTraceContext, traceContextOf, traceEnvironment } from './trace/context.js'
export { metricsFormatOf } from './metrics/render.js'
export { openMetrics } from './metrics/metrics.js'
export { openTelemetry } from './open.js'
export { setUsage } from './spans/gen-ai.js'
export { TelemetryError } from './error.js'

export type {
  ApprovalFacts,
  DecisionFacts,
  GovernanceSpans,
  IntegrationFacts,
  SandboxFacts,
} from './spans/governance.js'
export type { Attributes, AttributeValue } from './trace/attributes.js'
export type { Counter, Gauge, Histogram, Labels } from './metrics/series.js'
export type { DeliveryCounts, DropReason, TelemetryProblem } from './export/problem.js'
export type { FlushMoment } from './export/exit.js'
export type { GenAiSpans, InvokeAgentFacts, TokenUsage, ToolFacts } from './spans/gen-ai.js'
export type { Metrics, MetricsOptions } from './metrics/metrics.js'
export type { MetricsFormat, RenderedMetrics } from './metrics/render.js'
export type { MoreOptions, RarvPhase, SessionSpans } from './spans/documented.js'
export type { Signal } from './settings/endpoint.js'
export type { Span, SpanContext, SpanKind, SpanStatus } from './trace/span.js'
export type { SpanOptions } from './trace/tracer.js'
export type { Telemetry, TelemetryOptions } from './types.js'
export type { TelemetryErrorCode } from './error.js'
export type { TraceCarrier } from './trace/context.js'
