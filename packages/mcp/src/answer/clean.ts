import { redact, scan } from '@loki/policies'
import { mapTexts } from './texts.js'

const SECRETS_ONLY = { pii: false } as const

/** Takes secrets out, with their kind and fingerprint left in their place. Personal data stays: it is what tools are about. */
export function withoutSecrets(text: string): string {
  return redact(text, SECRETS_ONLY)
}

/**
 * The same value without secrets. What a key says about its value counts, since `{"password": "…"}` is a secret where the value
 * alone is a word.
 */
export function clean<T>(value: T): T {
  const lines: string[] = []
  const same = mapTexts(value, (text, key) => {
    lines.push(text)
    if (key !== undefined) lines.push(spoken(key, text))
    return text
  })
  // Nearly every result has none, and one look at all of it costs a fraction of a look at each of its texts. Texts with NUL
  // may be of another width than their neighbours, and are looked at one by one.
  const all = lines.join('\n')
  if (!all.includes('\0') && scan(all, SECRETS_ONLY).length === 0) return same
  return mapTexts(value, (text, key) => {
    const plain = withoutSecrets(text)
    if (plain !== text || key === undefined) return plain
    const whole = withoutSecrets(spoken(key, text))
    const prefix = spoken(key, '')
    return whole.startsWith(prefix) ? whole.slice(prefix.length) : plain
  })
}

function spoken(key: string, text: string): string {
  return `${key}: ${text}`
}
