/** ` Did you mean "x"?` for the nearest of the known words, or nothing where none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  let best: string | undefined
  let least = Math.max(1, Math.floor(word.length / 2)) + 1
  for (const candidate of known) {
    if (word.length > 2 && candidate.startsWith(word)) return ` Did you mean "${candidate}"?`
    const away = distance(word.toLowerCase().slice(0, 64), candidate.toLowerCase())
    if (away >= least) continue
    least = away
    best = candidate
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
