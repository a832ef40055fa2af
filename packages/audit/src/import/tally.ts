import type { OldDefect, OldLine } from './old-log.js'
import type { ImportedFile } from './types.js'

/** How many lines with a defect are named. */
const MOST_EXAMPLES = 20

/** Counts what was found in one file. */
export class Tally {
  lines = 0
  blank = 0
  imported = 0
  already = 0
  readonly #verdicts = { verified: 0, unverifiable: 0, defective: 0 }
  readonly #defects: Partial<Record<OldDefect, number>> = {}
  readonly #examples: { readonly line: number; readonly defects: readonly OldDefect[] }[] = []

  see(line: number, { verdict, defects }: OldLine): void {
    this.#verdicts[verdict] += 1
    for (const defect of defects) this.#defects[defect] = (this.#defects[defect] ?? 0) + 1
    if (verdict === 'defective' && this.#examples.length < MOST_EXAMPLES) this.#examples.push({ line, defects })
  }

  result(about: Pick<ImportedFile, 'file' | 'format' | 'bytes' | 'sha256' | 'origin' | 'witness'>): ImportedFile {
    const { lines, blank, imported, already } = this
    const counts = { lines, blank, imported, already, ...this.#verdicts }
    return { ...about, ...counts, defects: this.#defects, examples: this.#examples }
  }
}
