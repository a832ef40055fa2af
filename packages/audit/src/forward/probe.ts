import { randomUUID } from 'node:crypto'
import { draftOf, entryOf, GENESIS, seal, timestampOf } from '../format/draft.js'
import { deliverBatch } from './batch.js'
import { openSink } from './sinks/open.js'
import { destinationOf } from './targets.js'
import type { ForwardingOptions, ForwardRecord, ForwardTarget, TestResult } from './types.js'

/** How long a connection without an answer is watched for a sign of failure. */
const SETTLE_MS = 250

/** Sends one record, which is on no log and says so, and tells what the receiver answers. Never rejects. */
export async function testTarget(
  target: ForwardTarget,
  options: Pick<ForwardingOptions, 'now' | 'fetch' | 'timeoutMs'> & { readonly who?: string } = {},
): Promise<TestResult> {
  const now = options.now ?? ((): Date => new Date())
  const record = testRecord(options.who ?? 'loki', timestampOf(now))
  const sink = openSink(target, { fetch: options.fetch ?? fetch, now, settleMs: SETTLE_MS })
  const started = performance.now()
  const { signal } = new AbortController()
  const { outcomes, failure, answer } = await deliverBatch(sink, [record], {
    signal,
    timeoutMs: options.timeoutMs ?? 15_000,
  })
  const [outcome] = outcomes
  const ok = outcome?.kind === 'taken' || outcome?.kind === 'cut'
  const { acknowledged } = sink
  const durationMs = Math.round(performance.now() - started)
  await sink.close()
  return {
    target: target.kind,
    destination: destinationOf(target),
    ok,
    acknowledged: ok && acknowledged,
    answer: failure ?? (outcome?.kind === 'refused' ? outcome.reason : answer),
    hash: record.entry.hash,
    durationMs,
  }
}

function testRecord(who: string, timestamp: string): ForwardRecord {
  const why = 'a test of the forwarding; this record is on no log'
  const draft = draftOf({ who, what: 'forward.tested', why, metadata: { test: randomUUID() } }, timestamp)
  const { seal: place, line } = seal(draft, 0, GENESIS)
  return { entry: entryOf(draft, place), line: line.slice(0, -1) }
}
