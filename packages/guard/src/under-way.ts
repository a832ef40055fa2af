/** Actions under way that are remembered at most; the oldest is forgotten first. */
const MAX_UNDER_WAY = 4096
/** Sessions that are remembered at most. */
const MAX_SESSIONS = 1024

/** What is known of an action when its end is reported. */
export type Ended = {
  /** Milliseconds since the verdict; absent where no verdict on exactly this action was seen. */
  readonly durationMs?: number
  /** Whether this guard decides for the session and yet never let exactly this action through. */
  readonly unmatched: boolean
}

/**
 * Remembers what was let through until its end is reported: to measure how long it took where the host does not say, and
 * to notice an action that ran and is not the one that was decided on, as when another hook rewrites a call after ours.
 */
export class UnderWay {
  readonly #startedAt = new Map<string, number>()
  readonly #sessions = new Set<string>()
  readonly #now: () => Date

  constructor(now: () => Date) {
    this.#now = now
  }

  /** An action was let through. */
  started(session: string, digest: string): void {
    const key = `${session} ${digest}`
    this.#startedAt.delete(key)
    this.#startedAt.set(key, this.#now().getTime())
    forgetOldest(this.#startedAt, MAX_UNDER_WAY)
    this.#sessions.add(session)
    forgetOldest(this.#sessions, MAX_SESSIONS)
  }

  /** An action has ended. It stays known: hosts may report an end more than once, and agents repeat themselves. */
  ended(session: string, digest: string): Ended {
    const startedAt = this.#startedAt.get(`${session} ${digest}`)
    if (startedAt === undefined) return { unmatched: this.#sessions.has(session) }
    return { durationMs: Math.max(0, this.#now().getTime() - startedAt), unmatched: false }
  }
}

function forgetOldest(known: Map<string, unknown> | Set<string>, limit: number): void {
  const [oldest] = known.keys()
  if (known.size > limit && oldest !== undefined) known.delete(oldest)
}
