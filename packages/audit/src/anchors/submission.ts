import { AuditError } from '../error.js'
import { fromBase64 } from '../note/key.js'
import { HASH_SIZE } from '../tree/frontier.js'
import { MAX_PROOF } from '../tree/proof.js'

/** Largest body of a request: the proof and a note at its limit. */
export const MAX_SUBMISSION: number = 72 * 1024

/** What C2SP tlog-witness calls the body of add-checkpoint. */
export interface Submission {
  /** Size of the checkpoint that the witness is thought to have. */
  readonly old: number
  readonly proof: readonly Buffer[]
  readonly checkpoint: string
}

/** Writes the body of a request. */
export function formatSubmission({ old, proof, checkpoint }: Submission): string {
  return [`old ${old}`, ...proof.map((hash) => hash.toString('base64'))].join('\n') + `\n\n${checkpoint}`
}

/** Reads the body of a request; throws an AuditError `INVALID_PROOF`. */
export function parseSubmission(text: string): Submission {
  const border = text.indexOf('\n\n')
  const [first = '', ...rest] = text.slice(0, Math.max(0, border)).split('\n')
  const [, old] = /^old (0|[1-9]\d{0,14})$/.exec(first) ?? []
  if (old === undefined || rest.length > MAX_PROOF) {
    throw invalid(`"old" and a size, at most ${MAX_PROOF} hashes, an empty line and a checkpoint`)
  }
  const proof = rest.map((line) => {
    const hash = fromBase64(line)
    if (hash?.length !== HASH_SIZE) throw invalid('hashes of 32 bytes in base64, one a line')
    return hash
  })
  return { old: Number(old), proof, checkpoint: text.slice(border + 2) }
}

function invalid(expected: string): AuditError {
  return new AuditError('INVALID_PROOF', `expected ${expected}`)
}
