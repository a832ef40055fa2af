/** Cuts a stream of bytes into lines of bounded length. */
export class LineReader {
  readonly #maxBytes: number
  readonly #onLine: (line: string) => void
  #parts: Buffer[] = []
  #size = 0

  constructor(maxBytes: number, onLine: (line: string) => void) {
    this.#maxBytes = maxBytes
    this.#onLine = onLine
  }

  /** Takes what arrived and calls back for each line that it completes; `false` once a line is too long. */
  push(chunk: Buffer): boolean {
    let rest = chunk
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      if (this.#size + end > this.#maxBytes) return false
      this.#parts.push(rest.subarray(0, end))
      const line = Buffer.concat(this.#parts).toString('utf8')
      this.clear()
      this.#onLine(line)
      rest = rest.subarray(end + 1)
    }
    if (rest.length > 0) this.#parts.push(rest)
    this.#size += rest.length
    return this.#size <= this.#maxBytes
  }

  clear(): void {
    this.#parts = []
    this.#size = 0
  }
}
