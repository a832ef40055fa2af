import { proveEntry } from '../checkpoint/entry-proof.js'
import { AuditError } from '../error.js'
import type { ChainReport } from '../types.js'

/** The inclusion proofs of the entries that a report shows. */
export interface ReportProofs {
  /** In the order of the log; each a C2SP tlog-proof that holds the entry’s line. */
  readonly entries: readonly EntryProof[]
  /** Why some entries have none; null where each has one. */
  readonly gap: string | null
}

/** The proof that one entry is in the log that was signed. */
export interface EntryProof {
  readonly seq: number
  readonly proof: string
}

export interface ProofOptions {
  readonly chain: ChainReport
  /** Each entry that is shown, once. */
  readonly seqs: readonly number[]
  /** How long proving may take, in milliseconds; entries that are not reached then have no proof, and the gap says so. */
  readonly timeoutMs: number
}

/** Proves each entry that a report shows, as far as that can be done. */
export async function proofsOf({ chain, seqs, timeoutMs }: ProofOptions): Promise<ReportProofs> {
  const { file, valid, checkpoint } = chain
  if (!valid) return { entries: [], gap: 'No entry is proven: the log does not verify.' }
  if (checkpoint === null || file === undefined) return { entries: [], gap: 'No entry is proven: the log is unsigned.' }
  if (seqs.length === 0) return { entries: [], gap: null }
  const entries: EntryProof[] = []
  const end = performance.now() + timeoutMs
  let unsigned = 0
  for (const seq of seqs) {
    if (performance.now() > end) break
    try {
      entries.push({ seq, proof: await proveEntry(file, seq) })
    } catch (error) {
      if (!(error instanceof AuditError)) throw error
      if (error.code !== 'NO_CHECKPOINT') {
        return { entries, gap: `Proving stopped at entry ${seq}: ${error.message}.` }
      }
      unsigned += 1
    }
  }
  const late = seqs.length - entries.length - unsigned
  const gaps = [
    ...(unsigned === 0 ? [] : [`${unsigned} of the entries shown are not signed yet`]),
    ...(late === 0 ? [] : [`for ${late} the time for proving (${timeoutMs} ms) was over`]),
  ]
  return { entries, gap: gaps.length === 0 ? null : `Not every entry is proven: ${gaps.join('; ')}.` }
}
