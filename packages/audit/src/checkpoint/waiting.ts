import { AuditError } from '../error.js'
import type { Seal } from '../format/draft.js'
import type { Anchor } from '../types.js'
import type { Origin, Ticket } from '../writer/committer.js'

interface Held {
  readonly ticket: Ticket
  readonly place: Seal
}

/** Records that are answered once a checkpoint that covers them is kept at every anchor. */
export class Waiting {
  readonly #anchors: readonly Anchor[]
  #held: Held[] = []
  #newest: { readonly note: string; readonly size: number } | undefined
  #keeping: Promise<void> | undefined

  constructor(anchors: readonly Anchor[]) {
    this.#anchors = anchors
  }

  add(ticket: Ticket, place: Seal): void {
    this.#held.push({ ticket, place })
  }

  /** Hands a checkpoint to the anchors, or, while they are busy with one, the newest of those that came meanwhile. */
  signed(note: string, size: number): void {
    if (this.#anchors.length === 0) return
    this.#newest = { note, size }
    this.#keeping ??= this.#keep()
  }

  /** No checkpoint could be written for what waits. */
  failed(reason: AuditError): void {
    this.#settle(Infinity, () => notAnchored(reason.message, reason))
  }

  /** Waits for the anchors; what they did not get is not anchored. */
  async close(): Promise<void> {
    await this.#keeping
    this.#settle(Infinity, () => notAnchored('the log was closed before a checkpoint covered it'))
  }

  async #keep(): Promise<void> {
    for (let next = this.#newest; next !== undefined; next = this.#newest) {
      this.#newest = undefined
      const { note, size } = next
      const results = await Promise.allSettled(this.#anchors.map(async (anchor) => anchor.keep(note)))
      const failure = results.findIndex(({ status }) => status === 'rejected')
      const result = results[failure]
      if (result?.status === 'rejected') {
        const reason: unknown = result.reason
        const message = reason instanceof Error ? reason.message : String(reason)
        const name = this.#anchors[failure]?.name ?? ''
        this.#settle(size, () => notAnchored(`anchor ${name} did not keep the checkpoint: ${message}`, reason))
      } else {
        this.#settle(size)
      }
    }
    this.#keeping = undefined
  }

  /** Answers what a checkpoint of this size covers. */
  #settle(size: number, error?: () => AuditError): void {
    const done = this.#held.filter(({ place }) => place.seq < size)
    this.#held = this.#held.filter(({ place }) => place.seq >= size)
    const reason = done.length > 0 ? error?.() : undefined
    const origins = new Set<Origin | undefined>()
    for (const { ticket, place } of done) {
      if (reason === undefined) ticket.committed(place)
      else ticket.failed(reason)
      origins.add(ticket.origin)
    }
    for (const origin of origins) origin?.flush()
  }
}

function notAnchored(why: string, cause?: unknown): AuditError {
  return new AuditError('NOT_ANCHORED', `expected the record to be anchored, but ${why}; it is on disk all the same`, {
    cause,
  })
}
