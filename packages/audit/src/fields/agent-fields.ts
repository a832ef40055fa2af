import { AuditError } from '../error.js'
import type { AuditEntry, JsonObject, JsonValue } from '../types.js'

/** How something that an agent did ended. */
export type AgentResult = 'success' | 'failure' | 'denied' | 'cancelled' | 'timeout'

/** How bad a finding is. */
export type FindingSeverity = 'info' | 'low' | 'medium' | 'high' | 'critical'

/** Something that was found in what an agent read, wrote or sent. Never the value itself. */
export interface AgentFinding {
  /** What: `aws_access_key_id`, `email`. */
  readonly kind: string
  /** `secret`, `pii`. */
  readonly category?: string | undefined
  readonly severity?: FindingSeverity | undefined
  /** The rule that it was found by. */
  readonly rule?: string | undefined
  /** Tells two values apart without saying either. */
  readonly fingerprint?: string | undefined
}

/** Tokens of one or more model calls. */
export interface AgentTokens {
  readonly in?: number | undefined
  readonly out?: number | undefined
}

/** What is known of a piece of an agent's work. What was not measured is absent, never zero. */
export interface AgentFields {
  readonly taskId?: string | undefined
  /** `REASON`, `ACT`, `REFLECT`, `VERIFY`, or the name of another phase. */
  readonly phase?: string | undefined
  readonly agent?: string | undefined
  readonly swarm?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  readonly tokens?: AgentTokens | undefined
  /** In milliseconds; may have a fraction. */
  readonly durationMs?: number | undefined
  readonly result?: AgentResult | undefined
  /** At most 64. */
  readonly findings?: readonly AgentFinding[] | undefined
}

/** Longest text of a field. */
const MAX_TEXT = 256
/** How many findings one record names. */
const MAX_FINDINGS = 64
const RESULTS: readonly string[] = [
  'success',
  'failure',
  'denied',
  'cancelled',
  'timeout',
] satisfies readonly AgentResult[]
const SEVERITIES: readonly string[] = ['info', 'low', 'medium', 'high', 'critical'] satisfies readonly FindingSeverity[]
/** The names of the fields here and on disk. */
const TEXTS = {
  taskId: 'task_id',
  phase: 'phase',
  agent: 'agent',
  swarm: 'swarm',
  provider: 'provider',
  model: 'model',
} as const
const FINDING_TEXTS = ['kind', 'category', 'rule', 'fingerprint'] as const
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(TEXTS), 'tokens', 'durationMs', 'result', 'findings'])

/**
 * Checks the fields and gives them the names that the log has for them, to be put into the metadata of a record:
 * `{ metadata: { ...agentFields({ taskId, tokens: { in: 1200 } }), session } }`. Throws an AuditError for one that cannot be
 * meant; what is undefined is left out.
 */
export function agentFields(fields: AgentFields): JsonObject {
  for (const name of Object.keys(fields)) {
    if (!KNOWN.has(name)) throw refused(name, `a field of an agent (${[...KNOWN].join(', ')})`, name)
  }
  const { tokens, durationMs, result, findings } = fields
  const texts = Object.entries(TEXTS) as [keyof typeof TEXTS, string][] // keys of the table above
  return {
    ...Object.fromEntries(
      texts.flatMap(([name, onDisk]) => (fields[name] === undefined ? [] : [[onDisk, textOf(fields[name], name)]])),
    ),
    ...(tokens === undefined ? {} : { tokens: tokensOf(tokens) }),
    ...(durationMs === undefined ? {} : { duration_ms: amountOf(durationMs, 'durationMs') }),
    ...(result === undefined ? {} : { result: oneOf(result, RESULTS, 'result') }),
    ...(findings === undefined ? {} : { findings: findingsOf(findings) }),
  }
}

/** Reads the fields of an agent out of an entry; whatever has not the form that they have is absent. */
export function agentFieldsOf({ metadata }: AuditEntry): AgentFields {
  if (metadata === null) return {}
  const { tokens, duration_ms: duration, result, findings } = metadata
  const texts = Object.entries(TEXTS).flatMap(([name, onDisk]) => {
    const value = metadata[onDisk]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const used = isObject(tokens) ? { in: measured(tokens.in), out: measured(tokens.out) } : {}
  return {
    ...Object.fromEntries(texts),
    ...(used.in === undefined && used.out === undefined ? {} : { tokens: used }),
    ...(measured(duration) === undefined ? {} : { durationMs: measured(duration) }),
    ...(typeof result === 'string' && RESULTS.includes(result) ? { result: result as AgentResult } : {}), // one of them
    ...(Array.isArray(findings) ? { findings: (findings as readonly JsonValue[]).flatMap(findingIn) } : {}), // isArray forgets readonly
  }
}

function tokensOf(tokens: AgentTokens): JsonObject {
  const { in: read, out: written } = tokens
  return {
    ...(read === undefined ? {} : { in: countOf(read, 'tokens.in') }),
    ...(written === undefined ? {} : { out: countOf(written, 'tokens.out') }),
  }
}

function findingsOf(findings: readonly AgentFinding[]): readonly JsonObject[] {
  if (findings.length > MAX_FINDINGS) throw refused('findings', `at most ${MAX_FINDINGS}`, String(findings.length))
  return findings.map((finding, index) => {
    const place = `findings.${index}`
    const texts = FINDING_TEXTS.flatMap((name) => {
      const value = finding[name]
      return value === undefined ? [] : [[name, textOf(value, `${place}.${name}`)] as const]
    })
    if (typeof finding.kind !== 'string') throw refused(`${place}.kind`, 'a text', typeof finding.kind)
    const { severity } = finding
    return {
      ...Object.fromEntries(texts),
      ...(severity === undefined ? {} : { severity: oneOf(severity, SEVERITIES, `${place}.severity`) }),
    }
  })
}

function findingIn(value: JsonValue): readonly AgentFinding[] {
  if (!isObject(value) || typeof value.kind !== 'string') return []
  const texts = FINDING_TEXTS.flatMap((name) => {
    const text = value[name]
    return typeof text === 'string' ? [[name, text] as const] : []
  })
  const { severity } = value
  const known = typeof severity === 'string' && SEVERITIES.includes(severity)
  return [
    {
      ...(Object.fromEntries(texts) as { kind: string }), // kind is a text, seen above
      ...(known ? { severity: severity as FindingSeverity } : {}), // one of them
    },
  ]
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TEXT) return value
  throw refused(
    name,
    `a text of 1 to ${MAX_TEXT} characters`,
    typeof value === 'string' ? String(value.length) : typeof value,
  )
}

function countOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw refused(name, 'a whole number from 0 on', String(value))
}

function amountOf(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw refused(name, 'a number from 0 on', String(value))
}

function oneOf(value: unknown, allowed: readonly string[], name: string): string {
  if (typeof value === 'string' && allowed.includes(value)) return value
  throw refused(name, allowed.join(', '), String(value))
}

function measured(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(name: string, expected: string, got: string): AuditError {
  return new AuditError('INVALID_INPUT', `expected ${name} to be ${expected}, got ${got.slice(0, 60)}`)
}
