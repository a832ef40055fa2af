import type { AuditEntry } from '@loki/audit'

/** Names that one list counts by themselves; what comes after them is counted as one. */
const MAX_NAMES = 1000
const OTHERS = '(others)'
const FAILURES = 10

type Tally = Map<string, number>

/** What happened in a period, counted in several ways. */
export class AuditCounts {
  total = 0
  failed = 0
  readonly what: Tally = new Map()
  readonly kind: Tally = new Map()
  readonly who: Tally = new Map()
  readonly decision: Tally = new Map()
  readonly agent: Tally = new Map()
  readonly rule: Tally = new Map()
  readonly day: Tally = new Map()
  /** The last that failed or were denied, the newest first. */
  readonly failures: AuditEntry[] = []

  add(entry: AuditEntry): void {
    const { who, what, timestamp, metadata } = entry
    this.total += 1
    count(this.what, what)
    count(this.kind, textOf(metadata?.kind) ?? what.split('.', 1)[0])
    count(this.who, who)
    count(this.decision, textOf(metadata?.decision))
    count(this.agent, /^agent:([^/]+)/.exec(who)?.[1])
    count(this.rule, textOf(metadata?.rule))
    count(this.day, timestamp.slice(0, 10))
    if (!hasFailed(entry)) return
    this.failed += 1
    this.failures.unshift(entry)
    this.failures.length = Math.min(this.failures.length, FAILURES)
  }
}

/** A tally with the highest numbers first */
export function ranked(tally: Tally): readonly (readonly [string, number])[] {
  return [...tally].sort(([left, more], [right, less]) => less - more || (left < right ? -1 : 1))
}

/** Denied, ended in an error, or called a failure. Waiting for a person is neither that nor a success in the end. */
function hasFailed({ what, metadata }: AuditEntry): boolean {
  if (metadata?.result === 'failure' || metadata?.result === 'denied') return true // as the control plane says it
  return metadata?.decision === 'DENY' || metadata?.ok === false || what.endsWith('.failed')
}

function count(tally: Tally, name: string | undefined): void {
  if (name === undefined) return
  const known = tally.get(name)
  if (known === undefined && tally.size >= MAX_NAMES) tally.set(OTHERS, (tally.get(OTHERS) ?? 0) + 1)
  else tally.set(name, (known ?? 0) + 1)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
