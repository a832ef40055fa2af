import { AuditError } from '../error.js'
import { fromBase64 } from '../note/key.js'
import { MAX_PROOF } from '../tree/proof.js'
import { HASH_SIZE } from '../tree/frontier.js'

/** Longest text of a proof: a line at its limit in base64, hashes and a checkpoint. */
const MAX_TEXT = 256 * 1024

/** A proof taken apart: lines of words and numbers, the hashes, and the checkpoint behind the empty line. */
export interface ProofText {
  readonly header: readonly string[]
  readonly hashes: readonly Buffer[]
  readonly note: string
}

/** Writes a proof. */
export function formatProof({ header, hashes, note }: ProofText): string {
  return [...header, ...hashes.map((hash) => hash.toString('base64'))].join('\n') + `\n\n${note}`
}

/** Takes a proof apart whose header has `lines` lines; throws an AuditError `INVALID_PROOF`. */
export function parseProof(text: string, lines: number): ProofText {
  const border = text.indexOf('\n\n')
  if (border < 0 || text.length > MAX_TEXT) throw invalid('a proof: lines, an empty line and a checkpoint')
  const all = text.slice(0, border).split('\n')
  const hashes = all.slice(lines).map((line) => {
    const hash = fromBase64(line)
    if (hash?.length !== HASH_SIZE) throw invalid('hashes of 32 bytes in base64, one a line')
    return hash
  })
  if (all.length < lines || hashes.length > MAX_PROOF) throw invalid(`at most ${MAX_PROOF} hashes in a proof`)
  return { header: all.slice(0, lines), hashes, note: text.slice(border + 2) }
}

/** The error of a proof that is malformed or does not hold. */
export function invalid(expected: string): AuditError {
  return new AuditError('INVALID_PROOF', `expected ${expected}`)
}
