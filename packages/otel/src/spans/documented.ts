import type { Attributes } from '../trace/attributes.js'
import type { Span, SpanContext } from '../trace/span.js'
import type { SpanOptions, StartSpan } from '../trace/tracer.js'

export type RarvPhase = 'REASON' | 'ACT' | 'REFLECT' | 'VERIFY'

/** What the documented spans may be given besides. */
export type MoreOptions = Omit<SpanOptions, 'parent' | 'kind'>

/** The spans of a session, as they are documented. */
export interface SessionSpans {
  /** `project`, with `loki.project.id`: the first span of a session. */
  startProjectSpan(projectId: string, options?: MoreOptions & { readonly parent?: SpanContext | undefined }): Span
  /** `task`, with `loki.task.id`. */
  startTaskSpan(parent: SpanContext | undefined, taskId: string, options?: MoreOptions): Span
  /** `rarv.<phase>`, with `loki.rarv.phase`. */
  startRARVSpan(parent: SpanContext | undefined, phase: RarvPhase, options?: MoreOptions): Span
  /** `quality_gate.<name>`, with `loki.quality_gate.name`, `.result` and `.passed`. A gate that did not pass is an error. */
  startQualityGateSpan(parent: SpanContext | undefined, name: string, result: string, options?: MoreOptions): Span
  /** `agent.<type>.<action>`, with `loki.agent.type` and `.action`. The action `fail` is an error. */
  startAgentSpan(
    parent: SpanContext | undefined,
    type: string,
    action: 'spawn' | 'work' | 'complete' | 'fail',
    options?: MoreOptions,
  ): Span
  /** `council.<reviewer>`, with `loki.council.reviewer`, `.verdict` and `.approved`. */
  startCouncilSpan(parent: SpanContext | undefined, reviewer: string, verdict: string, options?: MoreOptions): Span
}

const PASSED = new Set(['pass', 'passed'])
const APPROVED = new Set(['approve', 'approved'])

export function sessionSpans(start: StartSpan): SessionSpans {
  const begin = (name: string, attributes: Attributes, options: SpanOptions): Span =>
    start(name, options).setAttributes(attributes)
  return {
    startProjectSpan: (projectId, options = {}) => begin('project', { 'loki.project.id': projectId }, options),
    startTaskSpan: (parent, taskId, options) => begin('task', { 'loki.task.id': taskId }, { ...options, parent }),
    startRARVSpan: (parent, phase, options) => {
      const upper = lower(phase).toUpperCase()
      return begin(`rarv.${upper}`, { 'loki.rarv.phase': upper }, { ...options, parent })
    },
    startQualityGateSpan: (parent, name, result, options) => {
      const passed = PASSED.has(lower(result))
      const attributes = {
        'loki.quality_gate.name': name,
        'loki.quality_gate.result': lower(result),
        'loki.quality_gate.passed': passed,
      }
      const span = begin(`quality_gate.${name}`, attributes, { ...options, parent })
      return passed ? span : span.setStatus('error')
    },
    startAgentSpan: (parent, type, action, options) => {
      const attributes = { 'loki.agent.type': type, 'loki.agent.action': lower(action) }
      const span = begin(`agent.${type}.${lower(action)}`, attributes, { ...options, parent })
      return lower(action) === 'fail' ? span.setStatus('error') : span
    },
    startCouncilSpan: (parent, reviewer, verdict, options) => {
      const attributes = {
        'loki.council.reviewer': reviewer,
        'loki.council.verdict': lower(verdict),
        'loki.council.approved': APPROVED.has(lower(verdict)),
      }
      return begin(`council.${reviewer}`, attributes, { ...options, parent })
    },
  }
}

/** Callers in JavaScript may pass anything: telemetry does not throw for it. */
function lower(text: unknown): string {
  return typeof text === 'string' ? text.toLowerCase() : ''
}
