import type { Source } from '../chain/source.js'
import { AuditError } from '../error.js'
import type { Segment } from './view.js'

/** The error of a line that is no entry; names it by its number, as editors count. */
export function damagedLine(segment: Segment, offset: number): AuditError {
  const source = segment.open()
  try {
    const line = lineNumber(source, offset)
    return new AuditError(
      'LOG_DAMAGED',
      `expected an audit entry at line ${line} of ${segment.name}, got something else; verify the log`,
    )
  } finally {
    source.close()
  }
}

function lineNumber(source: Source, offset: number): number {
  const buffer = Buffer.allocUnsafe(256 * 1024)
  let line = 1
  for (let position = 0; position < offset;) {
    const length = Math.min(buffer.length, offset - position)
    const part = buffer.subarray(0, source.read(buffer, { at: 0, length, position }))
    if (part.length === 0) break
    for (let lf = part.indexOf(0x0a); lf >= 0; lf = part.indexOf(0x0a, lf + 1)) line++
    position += part.length
  }
  return line
}
