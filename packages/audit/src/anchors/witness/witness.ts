import { AuditError } from '../../error.js'
import type { Signer } from '../../note/key.js'
import { timeSignature } from '../../note/note.js'
import { provesConsistency } from '../../tree/proof.js'
import { inTurn } from '../anchor.js'
import { parseSubmission } from '../submission.js'
import type { Submission } from '../submission.js'
import type { Memory } from './memory.js'
import type { Submitted, Trust } from './trust.js'

/** An answer of add-checkpoint. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  /** Signature lines with 200, the size that was last cosigned with 409, else a reason for people. */
  readonly body: string
}

interface Parts {
  readonly signer: Signer
  readonly memory: Memory
  readonly trust: () => Trust
  readonly now: () => Date
}

/** Cosigns the checkpoints of logs that only grow: C2SP tlog-witness. */
export class Witness {
  readonly #parts: Parts
  /** One request at a time: to compare, to remember and to sign is one step. */
  readonly #next = inTurn()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Rejects where what was cosigned cannot be read or written; then nothing is signed. */
  async addCheckpoint(body: string): Promise<WitnessAnswer> {
    let submission: Submission
    let submitted: ReturnType<Trust['judge']>
    try {
      submission = parseSubmission(body)
      submitted = this.#parts.trust().judge(submission.checkpoint)
    } catch (error) {
      if (error instanceof AuditError && (error.code === 'INVALID_PROOF' || error.code === 'INVALID_NOTE')) {
        return { status: 400, body: `${error.message}\n` }
      }
      throw error
    }
    if ('kind' in submitted) {
      if (submitted.kind === 'unknown') return { status: 404, body: 'this witness does not know this log\n' }
      return { status: 403, body: `${submitted.reason}\n` }
    }
    if (submission.old > submitted.head.size) {
      return { status: 400, body: `old is ${submission.old}, but the checkpoint is of ${submitted.head.size}\n` }
    }
    const found = submitted
    return this.#next(() => Promise.resolve(this.#compare(submission, found)))
  }

  #compare({ old, proof, checkpoint }: Submission, { text, head, key }: Submitted): WitnessAnswer {
    const { signer, memory, now } = this.#parts
    const { origin, size, root } = head
    const known = memory.recall(origin)
    if (known.key !== undefined && known.key !== key) {
      return { status: 403, body: 'this log belongs to another key, which signed it first\n' }
    }
    if (old !== known.size) return { status: 409, body: `${known.size}\n` }
    if (old === size && known.key !== undefined && !root.equals(known.root)) {
      memory.convict(origin, checkpoint) // two trees of one size, both signed: proof enough for anybody
      return { status: 409, body: `${known.size}\n` }
    }
    if (!provesConsistency({ oldSize: old, oldRoot: known.root, size, root }, proof)) {
      return { status: 422, body: `the proof does not show that ${size} entries begin with the ${old} before\n` }
    }
    // A cosignature says that nothing larger was seen up to its time: a clock that went back would make that false.
    const time = Math.max(known.time, Math.floor(now().getTime() / 1000), 0)
    memory.remember(origin, { size, root, time, key, checkpoint })
    return { status: 200, body: timeSignature(text, signer, time) }
  }
}
