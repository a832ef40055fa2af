import { Blocks, blockBuffer } from '../chain/blocks.js'
import { MAX_LINE } from '../format/canonical.js'
import { locate } from './locate.js'
import { damagedLine } from './damage.js'
import type { Segment } from './view.js'
import type { LogView } from './view.js'

/** A run of whole lines of one segment. */
export interface LineBlock {
  readonly segment: Segment
  /** The lines are in `buffer[0, size)`, valid until the next block is asked for. */
  readonly buffer: Buffer
  readonly size: number
  /** Where in the segment the buffer begins. */
  readonly base: number
}

/**
 * Streams all lines of a log across its segments, from the entry `from` on where one is named. It verifies nothing; a last
 * line without its end is left out, for a writer may be in the middle of it, and one that is longer than any entry is an
 * AuditError `LOG_DAMAGED`.
 */
export async function* logBlocks(
  view: LogView,
  { from = 0 }: { readonly from?: number } = {},
): AsyncGenerator<LineBlock, void, undefined> {
  const place = from === 0 ? { index: 0, offset: 0 } : locate(view, from)
  if (place === undefined) return
  const buffer = blockBuffer()
  for (const [index, segment] of view.segments.entries()) {
    if (index < place.index) continue
    yield* segmentBlocks(segment, { buffer, offset: index === place.index ? place.offset : 0 })
  }
}

/** The lines of one segment. */
export async function* segmentBlocks(
  segment: Segment,
  { offset = 0, buffer = blockBuffer() }: { readonly offset?: number; readonly buffer?: Buffer } = {},
): AsyncGenerator<LineBlock, void, undefined> {
  const blocks = new Blocks(segment.open(), { offset, buffer })
  let base = offset
  try {
    for (let size = await blocks.next(); size > 0; size = await blocks.next()) {
      yield { segment, buffer, size, base }
      base += size
    }
    if (blocks.remainder > MAX_LINE) throw damagedLine(segment, base)
  } finally {
    blocks.close()
  }
}
