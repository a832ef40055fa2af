import type { Anchoring, ChainDefect, ChainReport, Pruned, Verdict } from '../types.js'

const VERDICTS: Readonly<Record<ChainDefect, Verdict>> = {
  DISABLED: 'DISABLED',
  MISSING: 'MISSING',
  UNREADABLE: 'UNREADABLE',
  NOT_CANONICAL: 'NON_CANONICAL',
  HASH_MISMATCH: 'BROKEN',
  SEQ_GAP: 'BROKEN',
  CHAIN_BROKEN: 'BROKEN',
  SEGMENT_CHANGED: 'BROKEN',
  BAD_TOMBSTONE: 'BROKEN',
  TORN_TAIL: 'TORN',
  TRUNCATED: 'TRUNCATED',
  REWRITTEN: 'REWRITTEN',
  FORKED: 'FORKED',
  BAD_CHECKPOINT: 'BAD_CHECKPOINT',
  UNSIGNED: 'UNSIGNED',
}

/** How far a log was read. */
export interface Progress {
  readonly file: string
  readonly entries: number
  readonly head: ChainReport['head']
  readonly pruned: Pruned | null
}

/** Where an entry stands, or would stand. */
export interface EntryPlace {
  readonly seq: number
  readonly segment: string
  readonly line: number
}

/** The report of a log that was not looked at. */
export function disabledReport(): ChainReport {
  const error =
    'audit is disabled: set LOKI_ENTERPRISE_AUDIT=true or LOKI_AUDIT_DIR, and leave LOKI_AUDIT_DISABLED unset'
  return { ...brokenReport(undefined, 'DISABLED', error), enabled: false }
}

/** The report of a log that cannot be read, or is not valid as a whole. */
export function brokenReport(file: string | undefined, code: ChainDefect, error: string): ChainReport {
  const verdict = VERDICTS[code]
  return {
    valid: false,
    verdict,
    summary: `${verdict}: ${error}`,
    checkpoint: null,
    enabled: true,
    file,
    entries: 0,
    brokenAt: null,
    segment: null,
    line: null,
    pruned: null,
    code,
    error,
    head: null,
  }
}

/** The report of a log that does not verify at one entry. */
export function brokenAt(
  { file, entries, head, pruned }: Progress,
  defect: { readonly code: ChainDefect; readonly error: string; readonly place: EntryPlace },
): ChainReport {
  const { code, error, place } = defect
  const { seq, segment, line } = place
  return { ...brokenReport(file, code, error), entries, pruned, brokenAt: seq, segment, line, head }
}

/** The report of a log that nothing speaks against, and of what that proves; `unsigned` says why there is no checkpoint. */
export function soundReport(
  { file, entries, head, pruned }: Progress,
  { checkpoint, unsigned }: { readonly checkpoint: Anchoring | null; readonly unsigned?: string | undefined },
): ChainReport {
  const gone = pruned === null ? '' : `; ${prunedText(pruned)}`
  return {
    valid: true,
    verdict: checkpoint === null ? 'UNSIGNED' : 'INTACT',
    summary: `${checkpoint === null ? unsignedText(entries, unsigned) : intactText(checkpoint)}${gone}`,
    checkpoint,
    enabled: true,
    file,
    entries,
    brokenAt: null,
    segment: null,
    line: null,
    pruned,
    code: null,
    error: null,
    head,
  }
}

function unsignedText(entries: number, reason: string | undefined): string {
  const why = reason === undefined ? '' : `; it is not signed because ${reason}`
  return `UNSIGNED: ${entries} entries follow from one another; without a checkpoint nobody can tell whether entries were cut off at the end, or the whole log made anew${why}`
}

function intactText({ size, time, publicKey, trusted, unanchored, witness }: Anchoring): string {
  const key = trusted ? '' : `; nobody vouched for the key ${publicKey}, compare it`
  if (witness !== null) {
    const other = witness.trusted ? '' : `; nobody vouched for the witness ${witness.publicKey}, compare it`
    const through = `INTACT through the anchor at size ${witness.size} (time ${witness.time}, witness ${witness.name})`
    const later = `${witness.unanchored} later entries are unanchored, of which ${size - witness.size} are in the checkpoint signed on ${time}`
    return `${through}; ${later}${other}${key}`
  }
  return `INTACT through the checkpoint of ${size} entries signed on ${time}; ${unanchored} later entries are unanchored${key}`
}

function prunedText({ entries, seq }: Pruned): string {
  return `the first ${entries} entries were pruned under the tombstone at seq ${seq}`
}
