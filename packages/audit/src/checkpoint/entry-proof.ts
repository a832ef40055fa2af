import { asAuditError, AuditError } from '../error.js'
import { MAX_LINE } from '../format/canonical.js'
import { checkLine } from '../format/scan-line.js'
import { fromBase64 } from '../note/key.js'
import { Frontier } from '../tree/frontier.js'
import { provesInclusion } from '../tree/proof.js'
import { inclusionRanges, RangeRoots } from '../tree/ranges.js'
import type { AuditEntry, ProvenEntry } from '../types.js'
import { readLeaves } from './leaves.js'
import { formatProof, invalid, parseProof } from './proof-text.js'
import { notSigned, openedBy, signedLog } from './signed-log.js'

const KIND = 'c2sp.org/tlog-proof@v1'

/**
 * Proves offline that an entry is in a log, given by file or folder, as its latest checkpoint has signed it: a C2SP
 * tlog-proof whose `extra` is the line of the entry. Reads the log once; rejects with an AuditError.
 */
export async function proveEntry(path: string, seq: number): Promise<string> {
  const { file, checkpoint } = signedLog(path)
  if (!Number.isSafeInteger(seq) || seq < 0 || seq >= checkpoint.size) {
    throw new AuditError(
      'NO_CHECKPOINT',
      `expected a seq below ${checkpoint.size}, got ${seq}: later entries are not signed yet`,
    )
  }
  const tree = new Frontier()
  const roots = new RangeRoots(inclusionRanges(seq, checkpoint.size))
  let line: Buffer | undefined
  for await (const leaf of readLeaves(file)) {
    if (tree.size === seq) line = Buffer.from(leaf.buffer.subarray(leaf.start, leaf.end))
    tree.append(leaf.hash)
    roots.append(leaf.hash)
    if (tree.size === checkpoint.size) break
  }
  if (line === undefined || tree.size !== checkpoint.size || !tree.root().equals(checkpoint.root)) {
    throw notSigned(file, checkpoint)
  }
  const header = [KIND, `extra ${line.toString('base64')}`, `index ${seq}`]
  return formatProof({ header, hashes: roots.roots(), note: checkpoint.note })
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
