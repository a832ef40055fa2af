import type { Anchoring, ChainDefect, ChainReport, Verdict } from '../types.js'

const VERDICTS: Readonly<Record<ChainDefect, Verdict>> = {
  DISABLED: 'DISABLED',
  MISSING: 'MISSING',
  UNREADABLE: 'UNREADABLE',
  NOT_CANONICAL: 'NON_CANONICAL',
  HASH_MISMATCH: 'BROKEN',
  SEQ_GAP: 'BROKEN',
  CHAIN_BROKEN: 'BROKEN',
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
    line: null,
    code,
    error,
    head: null,
  }
}

/** The report of a log that does not verify at one entry. */
export function brokenAt(
  { file, entries, head }: Progress,
  defect: { readonly code: ChainDefect; readonly error: string; readonly at: number },
): ChainReport {
  const { code, error, at } = defect
  return { ...brokenReport(file, code, error), entries, brokenAt: at, line: at + 1, head }
}

/** The report of a log that nothing speaks against, and of what that proves. */
export function soundReport({ file, entries, head }: Progress, checkpoint: Anchoring | null): ChainReport {
  return {
    valid: true,
    verdict: checkpoint === null ? 'UNSIGNED' : 'INTACT',
    summary: checkpoint === null ? unsigned(entries) : intact(checkpoint),
    checkpoint,
    enabled: true,
    file,
    entries,
    brokenAt: null,
    line: null,
    code: null,
    error: null,
    head,
  }
}

function unsigned(entries: number): string {
  return `UNSIGNED: ${entries} entries follow from one another; without a checkpoint nobody can tell whether entries were cut off at the end, or the whole log made anew`
}

function intact({ size, time, publicKey, trusted, unanchored }: Anchoring): string {
  const key = trusted ? '' : `; nobody vouched for the key ${publicKey}, compare it`
  return `INTACT through the checkpoint of ${size} entries signed on ${time}; ${unanchored} later entries are unanchored${key}`
}
