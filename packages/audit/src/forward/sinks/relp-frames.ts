/** One frame of RELP: `TXNR SP COMMAND SP DATALEN [SP DATA] LF`. */
export interface RelpFrame {
  readonly number: number
  readonly command: string
  readonly data: Buffer
}

const HEADER = /^(\d{1,9}) ([A-Za-z]{1,32}) (\d{1,9})([ \n])/
const LONGEST_HEADER = 64
/** Answers are short; a receiver that announces more is none. */
const LONGEST_DATA = 64 * 1024

export function relpFrame({ number, command, data }: RelpFrame): readonly Buffer[] {
  const header = `${number} ${command} ${data.length}`
  return data.length === 0 ? [Buffer.from(`${header}\n`)] : [Buffer.from(`${header} `), data, Buffer.from('\n')]
}

/** Takes the bytes of a receiver apart. */
export class RelpFrames {
  #kept: Buffer = Buffer.alloc(0)

  push(bytes: Buffer): RelpFrame[] {
    this.#kept = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes])
    const frames: RelpFrame[] = []
    let at = 0
    for (;;) {
      const head = this.#kept.toString('latin1', at, at + LONGEST_HEADER)
      const [header, number, command, length, separator] = HEADER.exec(head) ?? []
      if (header === undefined) {
        if (head.length === LONGEST_HEADER || head.includes('\n')) throw new Error('expected a frame of RELP')
        break
      }
      const size = Number(length)
      if (size > LONGEST_DATA || size > 0 !== (separator === ' ')) throw new Error('expected a frame of RELP')
      const start = at + header.length
      // Without data the line feed is the separator.
      const end = size === 0 ? start - 1 : start + size
      if (this.#kept.length <= end) break
      if (this.#kept[end] !== 0x0a) throw new Error('expected a line feed behind a frame of RELP')
      frames.push({ number: Number(number), command: command ?? '', data: this.#kept.subarray(start, end) })
      at = end + 1
    }
    this.#kept = this.#kept.subarray(at)
    return frames
  }
}
