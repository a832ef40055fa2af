import type { Delivery, ForwardRecord, Outcome, Sink } from './types.js'

/** What a batch has come to, over all attempts. */
export interface BatchResult {
  /** One for each record. */
  readonly outcomes: readonly Outcome[]
  readonly unnamed: readonly { readonly count: number; readonly reason: string; readonly last: number }[]
  /** Why some are left; undefined when none is. */
  readonly failure: string | undefined
  readonly retryAfterMs: number
  readonly answer: string
}

/**
 * Delivers a batch once. What a receiver refuses as a whole is delivered in halves, down to the one record that it will
 * not take.
 */
export async function deliverBatch(
  sink: Sink,
  records: readonly ForwardRecord[],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<BatchResult> {
  const delivery = await withDeadline(sink, records, options)
  if (delivery.kind === 'unacceptable' && records.length > 1) {
    const half = records.length >> 1
    const left = await deliverBatch(sink, records.slice(0, half), options)
    if (left.failure !== undefined) {
      return { ...left, outcomes: [...left.outcomes, ...all(records.slice(half), left.failure)] }
    }
    const right = await deliverBatch(sink, records.slice(half), options)
    return {
      ...right,
      outcomes: [...left.outcomes, ...right.outcomes],
      unnamed: [...left.unnamed, ...right.unnamed.map((some) => ({ ...some, last: some.last + half }))],
    }
  }
  return resultOf(delivery, records)
}

function resultOf(delivery: Delivery, records: readonly ForwardRecord[]): BatchResult {
  const nothing = { unnamed: [], failure: undefined, retryAfterMs: 0, answer: '' }
  switch (delivery.kind) {
    case 'unacceptable': {
      const { reason } = delivery
      return { ...nothing, outcomes: records.map(() => ({ kind: 'refused', reason })), answer: reason }
    }
    case 'later': {
      const { reason, retryAfterMs = 0 } = delivery
      return { ...nothing, outcomes: all(records, reason), failure: reason, retryAfterMs }
    }
    case 'settled': {
      const { outcomes, unnamed, answer, retryAfterMs = 0 } = delivery
      const left = outcomes.find((outcome) => outcome.kind === 'later')
      return {
        outcomes,
        unnamed: unnamed === undefined ? [] : [{ ...unnamed, last: records.length - 1 }],
        failure: left?.kind === 'later' ? left.reason : undefined,
        retryAfterMs,
        answer,
      }
    }
  }
}

function all(records: readonly ForwardRecord[], reason: string): Outcome[] {
  return records.map(() => ({ kind: 'later', reason }))
}

async function withDeadline(
  sink: Sink,
  records: readonly ForwardRecord[],
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Delivery> {
  const deadline = new AbortController()
  const stop = (): void => {
    deadline.abort()
  }
  const timer = setTimeout(stop, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await sink.deliver(records, deadline.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
