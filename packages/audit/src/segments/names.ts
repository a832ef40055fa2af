import { basename, dirname, join } from 'node:path'
import { LOG_NAME } from '../chain/name.js'

/** Folder of the closed segments, beside the log. */
export const SEGMENTS = 'segments'
/** What stands for the segments that were pruned. */
export const TOMBSTONE = 'pruned.json'
/** The next segment until it takes the log's name. */
export const NEXT_NAME = 'audit.jsonl.next'

const DIGITS = 6
const CLOSED = /^(\d{6,12})\.jsonl(\.gz)?$/

/** Whether a file is a log with segments beside it; a copy under another name stands alone. */
export function hasSegments(file: string): boolean {
  return basename(file) === LOG_NAME
}

export function segmentsFolder(file: string): string {
  return join(dirname(file), SEGMENTS)
}

/** Name of a closed segment as it is right after closing: `000001.jsonl`. */
export function segmentName(number: number): string {
  return `${String(number).padStart(DIGITS, '0')}.jsonl`
}

/** What the name of a file in the folder says; undefined for anything else that lies there. */
export function parseName(name: string): { readonly number: number; readonly isCompressed: boolean } | undefined {
  const [, digits = '', suffix] = CLOSED.exec(name) ?? []
  const number = Number(digits)
  return number > 0 && segmentName(number) === `${digits}.jsonl`
    ? { number, isCompressed: suffix !== undefined }
    : undefined
}
