/** One element of DER, ITU-T X.690: what it is and what is in it. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** Tags that RFC 3161 and RFC 5652 need. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  null: 0x05,
  oid: 0x06,
  time: 0x18,
  sequence: 0x30,
  explicit0: 0xa0,
} as const

/** Writes an element. */
export function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const digits = Buffer.from(length.toString(16).padStart(2 * Math.ceil(length.toString(16).length / 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, content])
}

/** Writes a number that is not negative: X.690 section 8.3 wants a zero before a first bit that is set. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const content = bytes.subarray(start)
  return (content[0] ?? 0) >= 0x80 ? element(TAG.integer, Buffer.of(0), content) : element(TAG.integer, content)
}

/** Reads the elements that stand behind one another in some bytes; throws a RangeError for what is no DER. */
export function elementsIn(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0
    const first = bytes[at + 1] ?? 0xff
    // Tags of several bytes and lengths without an end do not occur in what is read here.
    if ((tag & 0x1f) === 0x1f || first === 0x80 || first > 0x84) throw new RangeError('expected DER')
    const digits = first < 0x80 ? 0 : first & 0x7f
    const start = at + 2 + digits
    if (start > bytes.length) throw new RangeError('expected DER that is whole')
    const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits)
    if (start + length > bytes.length) throw new RangeError('expected DER that is whole')
    found.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}

/** Reads the elements in the one element that some bytes are. */
export function membersOf(element: Element | undefined, tag: number): Element[] {
  if (element?.tag !== tag) throw new RangeError(`expected an element 0x${tag.toString(16)}`)
  return elementsIn(element.content)
}
