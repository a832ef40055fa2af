import { createReadStream } from 'node:fs'
import { AuditError } from '../error.js'

const LONGEST = 128 * 1024

/** Streams the whole lines of a text file; what stands behind the last LF is no line. Rejects for one that is too long. */
export async function* readLines(file: string): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of createReadStream(file) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part])
    let start = 0
    for (let lf = rest.indexOf(0x0a); lf >= 0; lf = rest.indexOf(0x0a, start)) {
      yield rest.toString('utf8', start, lf)
      start = lf + 1
    }
    rest = rest.subarray(start)
    if (rest.length > LONGEST) {
      throw new AuditError('TOO_LARGE', `expected lines of at most ${LONGEST} bytes in ${file}`)
    }
  }
}
