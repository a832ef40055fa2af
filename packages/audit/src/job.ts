import type { AuditError } from './error.js'
import type { Draft, Seal } from './format/draft.js'
import type { Durability } from './types.js'

/** One call of `record` that waits for its answer. */
export interface Job {
  readonly draft: Draft
  readonly durability: Durability
  /** The place that a writer announced for it before writing; after that writer's death the log tells whether it holds. */
  announced: Seal | undefined
  /** Whether the caller has been answered, be it by a deadline. */
  readonly settled: boolean
  committed(place: Seal): void
  failed(error: AuditError): void
}

/** This log's way to the disk: it is the writer, or it is linked to the writer. */
export interface Seat {
  submit(job: Job): void
  /** Called when nothing is under way any more. */
  close(): Promise<void>
  /** Whether the log on disk has this entry; everything in it is synced. */
  holds(place: Seal): boolean
}
