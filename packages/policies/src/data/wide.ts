/** A text whose characters are not its bytes one to one, in a form that can be scanned. */
export interface View {
  readonly text: string
  /** The offset in the original of an offset in the view. */
  readonly original: (offset: number) => number
}

const SAMPLE = 256

/**
 * UTF-16 that was read as if it were single bytes: every second character is NUL. Such a text is scanned without them;
 * undefined for any other.
 */
export function narrowed(text: string): View | undefined {
  const first = text.slice(0, SAMPLE).indexOf('\0')
  if (first === -1) return undefined
  // The other half decides: little-endian has its NULs at odd places, after a byte order mark too.
  const odd = first % 2
  let nuls = 0
  const end = Math.min(text.length - (text.length % 2), SAMPLE)
  for (let at = odd; at < end; at += 2) if (text.charAt(at) === '\0') nuls += 1
  if (nuls * 4 < end) return undefined
  let kept = ''
  for (let at = 1 - odd; at < text.length; at += 2) kept += text.charAt(at)
  return { text: kept, original: (offset) => Math.min(text.length, offset * 2) }
}
