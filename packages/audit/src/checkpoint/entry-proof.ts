import { asAuditError, AuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { checkLine } from '../format/scan-line.js'
import { fromBase64 } from '../note/key.js'
import { provesInclusion } from '../tree/proof.js'
import { inclusionRanges } from '../tree/ranges.js'
import { findLine } from '../segments/locate.js'
import { LogView } from '../segments/view.js'
import type { AuditEntry, ProvenEntry } from '../types.js'
import { rangeRoots } from './nodes.js'
import { formatProof, invalid, parseProof } from './proof-text.js'
import { notSigned, openedBy, signedLog } from './signed-log.js'

const KIND = 'c2sp.org/tlog-proof@v1'

/**
 * Proves offline that an entry is in a log, given by file or folder, as its latest checkpoint has signed it: a C2SP
 * tlog-proof whose `extra` is the line of the entry. Takes the tree from `audit.tree` as far as that gives the signed root,
 * else reads every line; rejects with an AuditError.
 */
export async function proveEntry(path: string, seq: number): Promise<string> {
  const { file, checkpoint } = signedLog(path)
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= checkpoint.size) {
    throw new AuditError(
      'NO_CHECKPOINT',
      `expected a seq below ${checkpoint.size}, got ${seq}: later entries are not signed yet`,
    )
  }
  const view = LogView.open(file)
  try {
    const line = view && findLine(view, seq)?.line
    if (view === undefined || line === undefined) throw notThere(file, seq, view?.tombstone?.entries)
    // Its hash is the leaf that the other hashes prove: it must be the one of these bytes.
    const leaf = Buffer.from(entryIn(line).hash.slice('sha256:'.length), 'hex')
    const { size, root } = checkpoint
    const hashes = await rangeRoots(view, {
      size,
      ranges: inclusionRanges(seq, size),
      holds: (roots) => provesInclusion({ index: seq, size, leaf, root }, roots),
    })
    if (hashes === undefined) throw notSigned(file, checkpoint)
    const header = [KIND, `extra ${line.toString('base64')}`, `index ${seq}`]
    return formatProof({ header, hashes, note: checkpoint.note })
  } finally {
    view?.close()
  }
}

function notThere(file: string, seq: number, pruned = 0): AuditError {
  const why = seq < pruned ? `it was pruned with the first ${pruned} entries` : 'it is not there; verify the log'
  return new AuditError(seq < pruned ? 'READ_FAILED' : 'LOG_DAMAGED', `expected entry ${seq} in ${file}, but ${why}`)
}

/**
 * Verifies a proof with nothing but the long-term public key, a vkey; throws an AuditError for one that does not hold.
 * `entry` is the entry or the line that it must be about.
 */
export function verifyProof(
  text: string,
  options: { readonly publicKey: string; readonly entry?: AuditEntry | string | undefined },
): ProvenEntry {
  const { header, hashes, note } = parseProof(text, 3)
  const [kind = '', extra = '', indexed = ''] = header
  const line = extra.startsWith('extra ') ? fromBase64(extra.slice('extra '.length)) : undefined
  const [, index = ''] = /^index (0|[1-9]\d{0,14})$/.exec(indexed) ?? []
  if (kind !== KIND || line === undefined || line.length > MAX_LINE || index === '') {
    throw invalid(
      `the lines ${KIND}, extra with the entry, and index, got ${JSON.stringify(header.join(' ').slice(0, 100))}`,
    )
  }
  const entry = entryIn(line)
  if (options.entry !== undefined && hashOf(options.entry) !== entry.hash) {
    throw invalid('a proof of the entry that was given, got one of another entry')
  }
  const { size, root, origin, time, owner } = openedBy(note, options.publicKey)
  const leaf = Buffer.from(entry.hash.slice('sha256:'.length), 'hex')
  if (entry.seq !== Number(index) || !provesInclusion({ index: entry.seq, size, leaf, root }, hashes)) {
    throw invalid(`entry ${entry.seq} to be in the log that the checkpoint signs; it is not`)
  }
  return { entry, size, origin, time: new Date(time * 1000).toISOString(), publicKey: owner }
}

function entryIn(line: Buffer): AuditEntry {
  // checkLine writes into the line and looks one byte behind it.
  const link = checkLine(Buffer.concat([line, Buffer.of(0x0a)]), 0, line.length)
  if ('code' in link) throw invalid(`the entry in the proof to verify, but ${link.error}`)
  const entry = JSON.parse(line.toString('utf8')) as AuditEntry // scanned: exactly the nine fields
  const { seq, timestamp, who, what, where, why, metadata, previousHash, hash } = entry
  return { seq, timestamp, who, what, where, why, metadata, previousHash, hash }
}

function hashOf(entry: AuditEntry | string): string {
  try {
    return typeof entry === 'string' ? entryIn(Buffer.from(entry.replace(/\n$/, ''))).hash : entry.hash
  } catch (error) {
    throw asAuditError(error, 'INVALID_PROOF', 'expected a line of a log')
  }
}
