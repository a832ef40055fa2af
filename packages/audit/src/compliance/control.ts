import type { EvidenceName } from './evidence.js'
import type { ExceptionName } from './exceptions.js'

/** One control of a standard and what of Loki's record bears on it. */
export interface Control {
  /** As the edition numbers it. */
  readonly id: string
  readonly title: string
  /** What it asks, in our own words: the standard's text decides. */
  readonly asks: string
  /** Populations that bear on it; none means that Loki records nothing about it. */
  readonly evidence: readonly EvidenceName[]
  /** What would speak against it. */
  readonly exceptions?: readonly ExceptionName[]
  /** What it asks that the log cannot show. One gap is enough to keep the verdict from `evidenced`. */
  readonly gaps: readonly string[]
  /** Only a signature makes its evidence whole. */
  readonly needsSignature?: true
}

/** One standard, in one edition. */
export interface Standard {
  readonly title: string
  readonly edition: string
  /** What a reader must know before the controls. */
  readonly note: string
  readonly controls: readonly Control[]
}
