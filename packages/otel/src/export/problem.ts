import type { Signal } from '../settings/endpoint.js'

/** Why something was not delivered. */
export type DropReason =
  /** The queue was full. */
  | 'overflow'
  /** The collector answered that it will never take it, or redirected. */
  | 'refused'
  /** The collector took a part. */
  | 'rejected'
  /** The collector was not there for too long, or the program ended first. */
  | 'abandoned'
  /** It came after `close`. */
  | 'closed'

/** Something that went wrong with sending. No message holds anything of what was sent or answered. */
export interface TelemetryProblem {
  readonly kind: DropReason | 'waiting'
  readonly signal: Signal
  readonly message: string
}

/** What became of spans and points so far. */
export type DeliveryCounts = Readonly<Record<'delivered' | DropReason, number>>

export interface Told {
  readonly counts: Record<'delivered' | DropReason, number>
  delivered(count: number): void
  dropped(reason: DropReason, count: number, why: string): void
  waiting(why: string): void
}

/** Counts for one signal, and tells of each kind of problem once. */
export function countFor(
  signal: Signal,
  {
    tell,
    onDrop,
  }: {
    readonly tell: (problem: TelemetryProblem) => void
    readonly onDrop: (reason: DropReason, count: number) => void
  },
): Told {
  const counts = { delivered: 0, overflow: 0, refused: 0, rejected: 0, abandoned: 0, closed: 0 }
  const told = new Set<string>()
  const once = (kind: TelemetryProblem['kind'], message: string): void => {
    if (told.has(kind)) return
    told.add(kind)
    try {
      tell({ kind, signal, message })
    } catch {
      // Whoever listens breaks nothing here.
    }
  }
  return {
    counts,
    delivered: (count) => {
      counts.delivered += count
    },
    dropped: (reason, count, why) => {
      if (count <= 0) return
      counts[reason] += count
      onDrop(reason, count)
      once(
        reason,
        `${signal} dropped (${reason}): ${why}; this is told once, the metric loki_telemetry_dropped_total counts`,
      )
    },
    waiting: (why) => {
      once('waiting', `${signal} wait: ${why}; they are kept and sent again, and this is told once`)
    },
  }
}
