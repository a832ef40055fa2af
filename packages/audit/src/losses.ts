import type { AuditError, AuditErrorCode } from './error.js'
import { asAuditError } from './error.js'
import type { AuditEntry, AuditInput } from './types.js'

/** `what` of the entry that tells how many records were lost. */
const LOST = 'records.lost'

/** Mistakes of the caller, which no disk will heal. */
const MISTAKES: readonly AuditErrorCode[] = ['INVALID_INPUT', 'TOO_LARGE', 'CLOSED']

interface LossOptions {
  readonly now: () => Date
  readonly onAlarm: (error: AuditError) => void
  readonly record: (input: AuditInput) => Promise<AuditEntry>
}

interface Loss {
  count: number
  readonly from: string
  to: string
  readonly codes: Set<AuditErrorCode>
}

/** For who rather goes on than waits for the log: counts what could not be recorded, alarms once, and puts it on record. */
export class Losses {
  readonly #options: LossOptions
  #lost: Loss | undefined
  #telling: Promise<void> | undefined

  constructor(options: LossOptions) {
    this.#options = options
  }

  /** Whether the loss itself is on its way to the log. */
  get isTelling(): boolean {
    return this.#telling !== undefined
  }

  /** Resolves to undefined for a record that was lost. */
  async guard(record: Promise<AuditEntry>): Promise<AuditEntry | undefined> {
    try {
      const entry = await record
      if (this.#lost !== undefined) this.#telling ??= this.#tell()
      return entry
    } catch (error) {
      const reason = asAuditError(error, 'WRITE_FAILED', 'expected to record')
      if (MISTAKES.includes(reason.code)) throw reason
      this.#add(reason)
      return undefined
    }
  }

  /** Tries once more to put a loss on record, before the log is closed. */
  async told(): Promise<void> {
    if (this.#lost !== undefined) this.#telling ??= this.#tell()
    await this.#telling
  }

  #add(reason: AuditError): void {
    const at = this.#options.now().toISOString()
    if (this.#lost === undefined) {
      this.#lost = { count: 0, from: at, to: at, codes: new Set() }
      this.#options.onAlarm(reason)
    }
    this.#lost.count++
    this.#lost.to = at
    this.#lost.codes.add(reason.code)
  }

  async #tell(): Promise<void> {
    const lost = this.#lost
    if (lost === undefined) return
    const { count, from, to, codes } = lost
    try {
      const metadata = { count, from, to, codes: [...codes] }
      await this.#options.record({ who: 'audit', what: LOST, why: 'these records could not be written', metadata })
      // What was lost while this was written is told next time.
      if (lost.count > count) this.#lost = { ...lost, count: lost.count - count, from: to }
      else this.#lost = undefined
    } catch {
      // Still lost, and still counted: told with the next record that succeeds.
    } finally {
      this.#telling = undefined
    }
  }
}
