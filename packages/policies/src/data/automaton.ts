/** Finds many words in one pass over a text, without regard to case. */
export interface Automaton {
  /** Tells each place where a word ends, from left to right: the word's number, and the offset after its last character. */
  find(text: string, visit: (word: number, end: number) => void): void
}

// In a transition, the bit that says that a word ends in the state it leads to.
const ENDS = 1 << 30

/**
 * The automaton of Aho and Corasick with every transition worked out beforehand, so that a character costs two look-ups
 * whatever the number of words. Words must not be empty.
 */
export function buildAutomaton(words: readonly string[]): Automaton {
  const { classes, count } = characterClasses(words)
  const stride = 2 ** Math.ceil(Math.log2(count))
  const states = words.reduce((sum, word) => sum + word.length, 1)
  // A transition of 0 is none as long as the tree of the words is built: nothing leads back to the root.
  const next = new Int32Array(states * stride)
  const found: number[][] = [[]]
  for (const [number, word] of words.entries()) {
    let state = 0
    for (let at = 0; at < word.length; at += 1) {
      const place = state * stride + (classes[word.charCodeAt(at)] ?? 0)
      if (next[place] === 0) next[place] = found.push([]) - 1
      state = next[place] ?? 0
    }
    found[state]?.push(number)
  }
  complete(next, { found, stride, count })
  return {
    find(text, visit) {
      let state = 0
      for (let at = 0; at < text.length; at += 1) {
        state = next[(state & ~ENDS) + (classes[text.charCodeAt(at)] ?? 0)] ?? 0
        if (state < ENDS) continue
        for (const word of found[(state & ~ENDS) / stride] ?? []) visit(word, at + 1)
      }
    },
  }
}

interface Tree {
  readonly found: number[][]
  readonly stride: number
  readonly count: number
}

/**
 * Makes the tree of words into an automaton, breadth first: where no word goes on, the longest suffix of what was read
 * does, and the state of that suffix is complete already.
 */
function complete(next: Int32Array, { found, stride, count }: Tree): void {
  const suffix = new Int32Array(found.length)
  const queue = [0]
  for (let state = queue[0], at = 0; state !== undefined; state = queue[++at]) {
    const back = suffix[state] ?? 0
    for (let char = 0; char < count; char += 1) {
      const place = state * stride + char
      const child = next[place] ?? 0
      const fallback = state === 0 ? 0 : (next[back * stride + char] ?? 0)
      if (child === 0) {
        next[place] = fallback
        continue
      }
      const known = (fallback & ~ENDS) / stride
      suffix[child] = known
      for (const word of found[known] ?? []) found[child]?.push(word)
      next[place] = child * stride + (found[child]?.length === 0 ? 0 : ENDS)
      queue.push(child)
    }
  }
}

/** A small number for each character that occurs in a word, the same for both cases; 0 for all others. */
function characterClasses(words: readonly string[]): { classes: Uint16Array; count: number } {
  const classes = new Uint16Array(65_536)
  let count = 1
  for (const char of new Set(words.flatMap((word) => word.split('')))) {
    const variants = caseVariants(char)
    const known = variants.map((variant) => classes[variant] ?? 0).find((one) => one > 0)
    for (const variant of variants) classes[variant] ||= known ?? count
    if (known === undefined) count += 1
  }
  return { classes, count }
}

// Only characters whose other case is one character too: an offset must stay an offset.
function caseVariants(char: string): readonly number[] {
  return [char, char.toLowerCase(), char.toUpperCase()]
    .filter((one) => one.length === 1)
    .map((one) => one.charCodeAt(0))
}
