import type { Head } from '../chain/tail.js'
import { sharedSource } from '../chain/source.js'
import { readOpening } from '../segments/opening.js'
import type { LogView } from '../segments/view.js'

interface ClockOptions {
  readonly maxBytes: number
  /** The writer's clock. */
  readonly timestamp: () => string
}

/** What is known of the open segment, and when it is to be closed. */
export class SegmentClock {
  readonly #options: ClockOptions
  #number: number
  #firstSeq: number
  #day: string | undefined
  #notBefore = 0

  constructor(view: LogView, options: ClockOptions) {
    this.#options = options
    const opening = readOpening(sharedSource(view.fd))
    this.#number = (opening?.previous?.number ?? 0) + 1
    this.#firstSeq = opening?.seq ?? 0
    this.#day = opening?.timestamp.slice(0, DAY)
  }

  get number(): number {
    return this.#number
  }

  get firstSeq(): number {
    return this.#firstSeq
  }

  /** Whether a record of this time belongs into a new segment: of another day, or because this one is full. */
  isDue(head: Head, recordedAt: string): boolean {
    this.#day ??= recordedAt.slice(0, DAY)
    // The first entry of a segment that only tells of the one before is no reason for another.
    if (head.next <= this.#firstSeq + (this.#number === 1 ? 0 : 1)) return false
    if (performance.now() < this.#notBefore) return false
    if (head.offset >= this.#options.maxBytes) return true
    return recordedAt.slice(0, DAY) > this.#day && this.#options.timestamp().slice(0, DAY) > this.#day
  }

  /** The next segment cannot be made now: trying again costs a pass over this one. */
  postpone(): void {
    this.#notBefore = performance.now() + RETRY_MS
  }

  /** A new segment has begun with its first entry. */
  begin(firstSeq: number, timestamp: string): void {
    this.#number++
    this.#firstSeq = firstSeq
    this.#day = timestamp.slice(0, DAY)
  }
}

const RETRY_MS = 5_000
const DAY = 'YYYY-MM-DD'.length
