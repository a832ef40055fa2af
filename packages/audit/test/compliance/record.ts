import { openAudit } from '../../src/index.js'
import type { AuditInput, AuditLog, AuditOptions, JsonObject } from '../../src/index.js'

/** One record and the minute at which it is made, counted from the begin of 1 March 2026 (UTC). */
export interface Planned extends AuditInput {
  readonly minute: number
}

export const START: number = Date.parse('2026-03-01T00:00:00Z')

/** The whole of March, and a clock after it. */
export const MARCH = {
  from: '2026-03-01',
  to: '2026-03-31',
  now: (): Date => new Date('2026-04-02T08:00:00Z'),
} as const

/** Records shaped like those of the guard. */
export function decided(minute: number, facts: JsonObject, words: Partial<AuditInput> = {}): Planned {
  const metadata = { session: 'ses-1', agent: 'main', host: 'claude', tool: 'Bash', kind: 'command', ...facts }
  return {
    minute,
    who: 'agent:claude/ses-1',
    what: 'action.decided',
    where: 'npm test',
    why: 'no rule objects',
    metadata,
    ...words,
  }
}

export function finished(minute: number, facts: JsonObject): Planned {
  return { ...decided(minute, { ok: true, ...facts }), what: 'action.finished', why: null }
}

/** Records shaped like those of the runner. */
export function told(minute: number, what: string, facts: JsonObject = {}): Planned {
  return { minute, who: 'runner:ses-1', what, where: 'ses-1', metadata: { session: 'ses-1', ...facts } }
}

/** A session without anything to object to. */
export function cleanSession(): readonly Planned[] {
  return [
    told(1, 'session.started', { provider: 'claude', prd_sha256: 'ab', tasks: 1, max_iterations: 3, pid: 7 }),
    told(2, 'task.started', { task: 't1' }),
    decided(3, { decision: 'ALLOW', digest: 'a' }),
    finished(4, { digest: 'a' }),
    decided(5, { decision: 'DENY', digest: 'b', kind: 'network', rule: 'r', rules: ['r'] }, { why: 'not allowed' }),
    told(6, 'gate.passed', { task: 't1', gate: 'tests', iteration: 1 }),
    told(7, 'task.finished', { task: 't1', status: 'completed', iterations: 1 }),
    told(8, 'session.finished', { status: 'completed' }),
  ]
}

/** Writes records at their minutes and closes the log. */
export async function write(dir: string, records: readonly Planned[], options: AuditOptions = {}): Promise<void> {
  let minute = 0
  const log: AuditLog = openAudit({
    dir,
    enabled: true,
    env: {},
    now: () => new Date(START + minute * 60_000),
    ...options,
  })
  for (const record of records) {
    minute = record.minute
    await log.record({
      who: record.who,
      what: record.what,
      where: record.where,
      why: record.why,
      metadata: record.metadata,
    })
  }
  await log.close()
}
