import { AuditError } from '../error.js'
import { logBlocks } from '../segments/lines.js'
import type { LogView } from '../segments/view.js'
import { readOpening } from '../segments/opening.js'
import { originOf } from './checkpoint.js'

const HASH_AT = '{"hash":"sha256:'.length
const HASH_END = HASH_AT + 64

/** A line of the log by its hash alone; `buffer[start, end)` is valid until the next one. */
export interface Leaf {
  readonly hash: Buffer
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Streams the leaves of a log, across its segments, from an entry on, and trusts each line's own `hash`: for callers who
 * compare the root with a signed one, or who verify lines themselves. Of a pruned log it begins with what is there.
 */
export async function* viewLeaves(view: LogView, from = 0): AsyncGenerator<Leaf, void, undefined> {
  for await (const { segment, buffer, size } of logBlocks(view, { from })) {
    for (let start = 0; start < size;) {
      const lf = buffer.indexOf(0x0a, start)
      const hash = Buffer.from(buffer.toString('latin1', start + HASH_AT, start + HASH_END), 'hex')
      if (lf - start < HASH_END || hash.length !== 32) {
        throw new AuditError(
          'LOG_DAMAGED',
          `expected every line of ${segment.name} to begin with its hash; verify the log`,
        )
      }
      yield { hash, buffer, start, end: lf }
      start = lf + 1
    }
  }
}

/** The name of a log, by its first entry; undefined in an empty one. */
export function originIn(view: LogView): string | undefined {
  if (view.tombstone !== undefined) return view.tombstone.origin
  const source = view.segments[0]?.open()
  try {
    const first = source && readOpening(source)
    return first === undefined ? undefined : originOf(first.hash)
  } finally {
    source?.close()
  }
}
