import type { AuditEntry } from '../types.js'

/** What speaks against a control, each with how it is found. */
export const EXCEPTIONS = {
  'ran-after-denial': 'An action finished in a session whose last decision about the same action was DENY.',
  'ran-without-approval-on-record':
    'An action that needed approval finished, and no later decision allowed it: who approved it is not on the log.',
  'ran-without-decision': 'An action finished that was never decided on this log.',
  'session-without-end': 'A session began in the period, and no end of it is on the log.',
  'completed-after-failed-gate': 'A task was completed although its last gate had failed.',
  'completed-without-passed-gate': 'A task was completed although no gate was measured as passed for it.',
  'gate-unmeasured': 'A gate could not be measured.',
  'log-recovered': 'Bytes behind the last whole entry were set aside after a writer was interrupted.',
  'clock-went-back': 'An entry bears a time more than five seconds before that of an entry ahead of it.',
} as const

export type ExceptionName = keyof typeof EXCEPTIONS

/** Hands out one exception; the place is that of the entry that shows it. */
export type Report = (name: ExceptionName, entry: AuditEntry, line: number) => void

/** An entry, its line, and whether its time is in the period. */
interface Seen {
  readonly entry: AuditEntry
  readonly line: number
  readonly inPeriod: boolean
}

const GENERATION = 50_000
const BACK_MS = 5_000

/**
 * Finds exceptions in one pass. Entries before the period are seen too, so that what began earlier is understood, but
 * only an entry of the period is ever reported. Memory is bounded: `forgotten` counts what had to be let go.
 */
export class ExceptionFinder {
  readonly #report: Report
  readonly #refused = new Bounded<'DENY' | 'REQUIRE_APPROVAL'>()
  readonly #allowed = new Bounded<true>()
  readonly #open = new Bounded<Seen>()
  readonly #gates = new Bounded<string>()
  #latest = 0

  constructor(report: Report) {
    this.#report = report
  }

  get forgotten(): number {
    return this.#refused.forgotten + this.#allowed.forgotten + this.#open.forgotten + this.#gates.forgotten
  }

  see(seen: Seen): void {
    this.#clock(seen)
    const { what } = seen.entry
    if (what === 'action.decided') this.#decided(seen.entry)
    else if (what === 'action.finished') this.#ran(seen)
    else if (what.startsWith('gate.')) this.#gate(seen)
    else if (what === 'task.finished') this.#task(seen)
    else if (what === 'log.recovered') this.#tell('log-recovered', seen)
    else if (what === 'session.started') this.#open.set(text(seen.entry, 'session'), seen)
    else if (what === 'session.finished' || what === 'session.stopped') this.#open.delete(text(seen.entry, 'session'))
  }

  /** Reports what only the end of the log shows. */
  end(): void {
    for (const seen of this.#open.values()) this.#tell('session-without-end', seen)
  }

  #decided(entry: AuditEntry): void {
    const key = actionKey(entry)
    const decision = entry.metadata?.decision
    if (key === undefined) return
    if (decision === 'ALLOW') {
      this.#refused.delete(key)
      this.#allowed.set(key, true)
    } else if (decision === 'DENY' || decision === 'REQUIRE_APPROVAL') this.#refused.set(key, decision)
  }

  #ran(seen: Seen): void {
    const key = actionKey(seen.entry)
    const refused = key === undefined ? undefined : this.#refused.get(key)
    if (refused === 'DENY') this.#tell('ran-after-denial', seen)
    else if (refused === 'REQUIRE_APPROVAL') this.#tell('ran-without-approval-on-record', seen)
    else if (key === undefined || (!this.#allowed.has(key) && this.forgotten === 0)) {
      this.#tell('ran-without-decision', seen)
    }
  }

  #gate(seen: Seen): void {
    const outcome = seen.entry.what.slice('gate.'.length)
    this.#gates.set(taskKey(seen.entry), outcome)
    if (outcome === 'unmeasured') this.#tell('gate-unmeasured', seen)
  }

  #task(seen: Seen): void {
    const key = taskKey(seen.entry)
    const gate = this.#gates.get(key)
    this.#gates.delete(key)
    if (seen.entry.metadata?.status !== 'completed' || gate === 'passed') return
    if (gate === 'failed') this.#tell('completed-after-failed-gate', seen)
    else if (gate !== undefined || this.#gates.forgotten === 0) this.#tell('completed-without-passed-gate', seen)
  }

  #clock(seen: Seen): void {
    const time = Date.parse(seen.entry.timestamp)
    if (time < this.#latest - BACK_MS) this.#tell('clock-went-back', seen)
    else if (time > this.#latest) this.#latest = time
  }

  #tell(name: ExceptionName, { entry, line, inPeriod }: Seen): void {
    if (inPeriod) this.#report(name, entry, line)
  }
}

/** A map that lets its older half go when it is full; what is set again is young again. */
class Bounded<Value> {
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()
  forgotten = 0

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key)
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key)
  }

  set(key: string, value: Value): void {
    this.#old.delete(key)
    this.#young.set(key, value)
    if (this.#young.size < GENERATION) return
    this.forgotten += this.#old.size
    this.#old = this.#young
    this.#young = new Map()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  *values(): Iterable<Value> {
    yield* this.#old.values()
    yield* this.#young.values()
  }
}

function actionKey(entry: AuditEntry): string | undefined {
  const digest = entry.metadata?.digest
  return typeof digest === 'string' ? JSON.stringify([text(entry, 'session'), digest]) : undefined
}

function taskKey(entry: AuditEntry): string {
  return JSON.stringify([text(entry, 'session'), text(entry, 'task')])
}

function text(entry: AuditEntry, field: string): string {
  const value = entry.metadata?.[field]
  return typeof value === 'string' ? value : `${entry.who} ${entry.where ?? ''}`
}
