import { createHash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readNote } from '../checkpoint/files.js'
import type { LineDefect } from '../format/scan-line.js'
import type { ClosedFacts } from './opening.js'
import type { Segment } from './view.js'

/** Where the note about a compressed segment is. */
export function noteFile(compressed: string): string {
  return compressed.replace(/\.jsonl\.gz$/, '.json')
}

/** What is kept beside a compressed segment: `000001.json`. It has one spelling, so that every other one is a change. */
export function noteText(
  { number, firstSeq, entries, bytes, sha256 }: ClosedFacts,
  gzip: { readonly bytes: number; readonly sha256: string },
): string {
  const note = { version: 1, number, firstSeq, entries, bytes, sha256, gzipBytes: gzip.bytes, gzipSha256: gzip.sha256 }
  return `${JSON.stringify(note)}\n`
}

/** SHA-256, in hex, and length of a file. */
export function digestOf(file: string): { readonly sha256: string; readonly bytes: number } {
  const fd = openSync(file, constants.O_RDONLY)
  try {
    const digest = createHash('sha256')
    const buffer = Buffer.allocUnsafe(256 * 1024)
    let bytes = 0
    for (let got = -1; got !== 0; bytes += got) {
      got = readSync(fd, buffer, 0, buffer.length, bytes)
      digest.update(buffer.subarray(0, got))
    }
    return { sha256: digest.digest('hex'), bytes }
  } finally {
    closeSync(fd)
  }
}

/**
 * Why a compressed segment is not byte for byte as it was written, where the note beside it can tell: deflate has bits that
 * change no text.
 */
export function compressionDefect({ file, name }: Segment, facts: ClosedFacts): LineDefect | undefined {
  if (!file.endsWith('.gz')) return undefined
  const path = noteFile(file)
  const text = readNote(path)
  if (text === undefined) return undefined
  if (noteText(facts, digestOf(file)) === text) return undefined
  return { code: 'SEGMENT_CHANGED', error: `${name} is not the file that ${path} was written about` }
}
