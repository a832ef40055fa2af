const POOL = 8192

/** Gives random identifiers of spans and traces, hexadecimal; a thousand of them cost one call for randomness. */
export class IdPool {
  readonly #pool: Buffer = Buffer.alloc(POOL)
  #at = POOL

  traceId(): string {
    return this.#take(16)
  }

  spanId(): string {
    return this.#take(8)
  }

  #take(bytes: number): string {
    if (this.#at + bytes > POOL) {
      globalThis.crypto.getRandomValues(this.#pool)
      this.#at = 0
    }
    const id = this.#pool.toString('hex', this.#at, this.#at + bytes)
    this.#at += bytes
    return /^0+$/.test(id) ? this.#take(bytes) : id // all zeros means "none"
  }
}
