import { MAX_LINE } from '../format/canonical.js'
import { damagedLine } from '../segments/damage.js'
import type { Segment } from '../segments/view.js'

/** Reads single lines of a segment, each with its LF, valid until the next one. */
export interface LineReader {
  at(offset: number): Buffer
  close(): void
}

/** Reads through one buffer; ascending places cost least. */
export function lineReader(segment: Segment): LineReader {
  const source = segment.open()
  const buffer = Buffer.allocUnsafe(MAX_LINE + 1)
  return {
    at: (offset) => {
      let filled = 0
      for (let got = -1; got !== 0 && filled < buffer.length; filled += got) {
        got = source.read(buffer, { at: filled, length: buffer.length - filled, position: offset + filled })
      }
      const lf = buffer.subarray(0, filled).indexOf(0x0a)
      if (lf < 0) throw damagedLine(segment, offset)
      return buffer.subarray(0, lf + 1)
    },
    close: () => {
      source.close()
    },
  }
}
