/** A matcher for a name with `*` (any characters, also `/`) and `?` (one). Linear: no backtracking over more than one star. */
export function globMatcher(pattern: string): (name: string) => boolean {
  const pieces = pattern.split('*')
  if (pieces.length === 1) return (name) => matchesAt(name, 0, pattern) && name.length === pattern.length
  return (name) => {
    const head = pieces[0] ?? ''
    const tail = pieces.at(-1) ?? ''
    if (name.length < head.length + tail.length || !matchesAt(name, 0, head)) return false
    const end = name.length - tail.length
    if (!matchesAt(name, end, tail)) return false
    let at = head.length
    for (const piece of pieces.slice(1, -1)) {
      while (at + piece.length <= end && !matchesAt(name, at, piece)) at += 1
      if (at + piece.length > end) return false
      at += piece.length
    }
    return true
  }
}

function matchesAt(name: string, start: number, piece: string): boolean {
  if (start + piece.length > name.length) return false
  for (let index = 0; index < piece.length; index += 1)
    if (piece[index] !== '?' && piece[index] !== name[start + index]) return false
  return true
}
