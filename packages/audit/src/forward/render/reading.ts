import type { AuditEntry, JsonValue } from '../../types.js'

export type Severity = 'information' | 'notice' | 'warning' | 'error'

/** What the renderings say of an entry beyond its fields, read from the metadata that the guard and the runner write. */
export interface Reading {
  readonly severity: Severity
  readonly outcome: 'success' | 'failure' | 'unknown'
  readonly decision: string | undefined
  readonly kind: string | undefined
  readonly session: string | undefined
  readonly tool: string | undefined
  readonly command: string | undefined
  readonly path: string | undefined
  readonly url: string | undefined
  readonly rule: string | undefined
  readonly provider: string | undefined
  readonly model: string | undefined
  readonly exitCode: number | undefined
}

export function readingOf({ what, metadata }: AuditEntry): Reading {
  const decision = textOf(metadata?.decision)
  const ok = metadata?.ok
  const exitCode = metadata?.exit_code
  const failed = ok === false || decision === 'DENY' || what.endsWith('.failed')
  const paths = metadata?.paths
  return {
    severity: severityOf(what, decision, failed),
    outcome: failed
      ? 'failure'
      : ok === true || decision === 'ALLOW' || what.endsWith('.passed')
        ? 'success'
        : 'unknown',
    decision,
    kind: textOf(metadata?.kind),
    session: textOf(metadata?.session),
    tool: textOf(metadata?.tool),
    command: textOf(metadata?.command),
    path: Array.isArray(paths) ? textOf((paths as readonly JsonValue[])[0]) : undefined, // isArray forgets readonly
    url: textOf(metadata?.url),
    rule: textOf(metadata?.rule),
    provider: textOf(metadata?.provider),
    model: textOf(metadata?.model),
    exitCode: typeof exitCode === 'number' ? exitCode : undefined,
  }
}

function severityOf(what: string, decision: string | undefined, failed: boolean): Severity {
  if (what === 'log.checkpoint') return 'information'
  if (what.startsWith('log.')) return 'error' // the log was damaged, or a writer died
  if (failed) return 'warning'
  return decision === 'REQUIRE_APPROVAL' ? 'notice' : 'information'
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
