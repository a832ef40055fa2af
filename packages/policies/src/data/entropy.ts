/** Shannon entropy of a text, in bits per character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

const PLACEHOLDER =
  /example|sample|change.?me|placeholder|redacted|dummy|your[_-]?|my[_-]?(?:secret|token|key|pass)|insert|replace|xxxx|\*\*\*|\.\.\.|todo|test[_-]?(?:key|token|secret|pass)|(?:^|[_-])(?:none|null|undefined|true|false)$|^(?:0+|1234567\d*)$/i

/** True for what people write where a secret will be. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value) || /^(.)\1+$/.test(value)
}
