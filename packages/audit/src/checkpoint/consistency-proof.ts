import { provesConsistency } from '../tree/proof.js'
import { consistencyRanges } from '../tree/ranges.js'
import { LogView } from '../segments/view.js'
import type { ProvenGrowth } from '../types.js'
import { rangeRoots } from './nodes.js'
import { formatProof, invalid, parseProof } from './proof-text.js'
import { notSigned, openedBy, signedLog } from './signed-log.js'

/**
 * Proves offline that a log, given by file or folder, begins with all that an older checkpoint of it signed: the body of a
 * C2SP tlog-witness request. Rejects with an AuditError where it does not.
 */
export async function proveConsistency(path: string, oldCheckpoint: string): Promise<string> {
  const { file, checkpoint } = signedLog(path)
  const old = openedBy(oldCheckpoint)
  if (old.origin !== checkpoint.origin) {
    throw invalid(`an older checkpoint of ${checkpoint.origin}, got one of ${old.origin}: it is another log`)
  }
  if (old.size > checkpoint.size) {
    throw invalid(`a checkpoint of at most ${checkpoint.size} entries, got one of ${old.size}: it is the newer one`)
  }
  const view = LogView.open(file)
  if (view === undefined) throw notSigned(file, checkpoint)
  try {
    const { size, root } = checkpoint
    const hashes = await rangeRoots(view, {
      size,
      ranges: consistencyRanges(old.size, size),
      holds: (roots) => provesConsistency({ oldSize: old.size, oldRoot: old.root, size, root }, roots),
    })
    if (hashes === undefined) throw notSigned(file, old)
    return formatProof({ header: [`old ${old.size}`], hashes, note: checkpoint.note })
  } finally {
    view.close()
  }
}

/** Verifies a consistency proof with the older checkpoint and the long-term public key, a vkey; throws an AuditError. */
export function verifyConsistency(
  text: string,
  options: { readonly oldCheckpoint: string; readonly publicKey: string },
): ProvenGrowth {
  const { header, hashes, note } = parseProof(text, 1)
  const old = openedBy(options.oldCheckpoint, options.publicKey)
  const { origin, size, root, time } = openedBy(note, options.publicKey)
  const claim = { oldSize: old.size, oldRoot: old.root, size, root }
  if (header[0] !== `old ${old.size}` || origin !== old.origin || !provesConsistency(claim, hashes)) {
    throw invalid(`a proof that the log of ${size} entries begins with the one of ${old.size}; this is none`)
  }
  return { origin, oldSize: old.size, size, time: new Date(time * 1000).toISOString() }
}
