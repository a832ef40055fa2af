import { searchLog } from '../reading/search.js'

const DIGEST = 16
const FIRST_LINES = 4096
/** Lines of one old log that are kept in mind: 128 MiB. */
const MAX_LINES = 8_388_608

/** `what` of an imported entry. */
export const IMPORTED = 'imported.entry'
/** `what` of the record that ends an import. */
export const FINISHED = 'import.finished'

/**
 * Which lines of an old log are on the log already: 16 bytes for each line, by its number. A line that was torn when it
 * was imported and is whole now is another line, and has both.
 */
export class KnownLines {
  #digests: Buffer = Buffer.alloc(FIRST_LINES * DIGEST)
  readonly #others = new Map<number, Set<string>>()

  static async load(dir: string, origin: string): Promise<KnownLines> {
    const known = new KnownLines()
    for await (const { metadata } of searchLog(dir, { what: IMPORTED, text: origin })) {
      const imported = metadata?.imported as { origin?: unknown; line?: unknown; sha256?: unknown } | undefined // checked
      if (imported?.origin !== origin || typeof imported.sha256 !== 'string') continue
      if (typeof imported.line === 'number') known.add(imported.line, imported.sha256)
    }
    return known
  }

  has(line: number, sha256: string): boolean {
    const kept = this.#kept(line)
    return (kept !== '' && sha256.startsWith(kept)) || this.#others.get(line)?.has(sha256) === true
  }

  add(line: number, sha256: string): void {
    if (!Number.isSafeInteger(line) || line < 1 || this.has(line, sha256)) return
    if (line <= MAX_LINES && this.#kept(line) === '') {
      while (this.#digests.length < line * DIGEST)
        this.#digests = Buffer.concat([this.#digests], this.#digests.length * 2)
      this.#digests.write(sha256.slice(0, DIGEST * 2), (line - 1) * DIGEST, 'hex')
      return
    }
    const others = this.#others.get(line) ?? new Set()
    this.#others.set(line, others.add(sha256))
  }

  /** The beginning of the digest that a line has; empty where it has none. */
  #kept(line: number): string {
    const hex = this.#digests.toString('hex', (line - 1) * DIGEST, line * DIGEST)
    return /^0*$/.test(hex) ? '' : hex
  }
}
