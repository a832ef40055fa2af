/** Actions under way that are remembered at most; the oldest is forgotten first, and its duration is then not measured. */
const MAX_UNDER_WAY = 4096

/** Measures how long actions took, from the verdict to the report, for hosts that do not say it themselves. */
export class Durations {
  readonly #startedAt = new Map<string, number>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  started(key: string): void {
    this.#startedAt.delete(key)
    this.#startedAt.set(key, this.#now().getTime())
    const [oldest] = this.#startedAt.keys()
    if (this.#startedAt.size > MAX_UNDER_WAY && oldest !== undefined) this.#startedAt.delete(oldest)
  }

  /** Milliseconds since the start, or `undefined` where it was not seen. */
  finished(key: string): number | undefined {
    const startedAt = this.#startedAt.get(key)
    this.#startedAt.delete(key)
    return startedAt === undefined ? undefined : Math.max(0, this.#now().getTime() - startedAt)
  }
}
