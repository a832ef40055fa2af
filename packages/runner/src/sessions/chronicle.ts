import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditInput, AuditLog } from '@loki/audit'
import type { EventBus } from '@loki/events'
import type { SessionProgress } from './progress.js'

/** What happens in a session, by the names that audit log and event bus use. */
export type Happening =
  | 'session.started'
  | 'session.paused'
  | 'session.resumed'
  | 'session.stopped'
  | 'session.finished'
  | 'task.started'
  | 'task.finished'
  | 'phase.started'
  | 'phase.finished'
  | 'gate.passed'
  | 'gate.failed'
  | 'gate.unmeasured'
  | 'branch.created'
  | 'branch.committed'
  | 'branch.pull_request'
  | 'budget.alert'
  | 'budget.exceeded'

/** Facts of a happening. No free text of a document, an agent or a program belongs here: it can hold secrets. */
export type Facts = Readonly<Record<string, string | number | boolean>>

export interface ChronicleOptions {
  readonly session: string
  readonly audit: AuditLog | undefined
  readonly events: EventBus | undefined
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined
}

const flushMs = 2000

/** Tells the audit log, the event bus and the person who watches what happens in a session. */
export class Chronicle {
  readonly #options: ChronicleOptions
  readonly #pending = new Set<Promise<unknown>>()

  constructor(options: ChronicleOptions) {
    this.#options = options
  }

  /** Rejects where an enabled log cannot take the record: what cannot be proven does not go on. */
  async record(what: Happening, facts: Facts = {}, why?: string): Promise<void> {
    const { session, audit } = this.#options
    const entry: AuditInput = {
      who: `runner:${session}`,
      what,
      where: typeof facts.task === 'string' ? `${session}/${facts.task}` : session,
      ...(why === undefined ? {} : { why }),
      metadata: { session, ...facts },
    }
    await audit?.record(entry)
    this.#emit(what, facts, why)
  }

  /** Shows progress. What the callback throws stops nobody. */
  show(progress: SessionProgress): void {
    try {
      this.#options.onProgress?.(progress)
    } catch {
      // Observers fail open.
    }
  }

  /** Waits, but not for long, until the bus took what it was given. */
  async flush(): Promise<void> {
    await Promise.race([Promise.allSettled(this.#pending), sleep(flushMs, undefined, { ref: false })])
  }

  #emit(what: Happening, facts: Facts, why: string | undefined): void {
    const { session, events } = this.#options
    const type = /^(?:session|budget|branch)\./.test(what) ? 'session' : 'task'
    const payload = { action: what, session, ...facts, ...(why === undefined ? {} : { reason: why }) }
    const sent = Promise.resolve()
      .then(() => events?.emit({ type, source: 'runner', payload }))
      .catch(() => undefined)
      .finally(() => this.#pending.delete(sent))
    this.#pending.add(sent)
  }
}
