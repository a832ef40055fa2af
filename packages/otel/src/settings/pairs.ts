import { invalid, textOf } from './value.js'

const LIMIT = 16_384

/**
 * The pairs of a variable such as `OTEL_EXPORTER_OTLP_HEADERS`: `name=value` with commas between, each percent-encoded as in W3C
 * Baggage. What is no such list is an error that names the variable and shows none of it, for headers are secret.
 */
export function pairsOf(env: NodeJS.ProcessEnv, variable: string): readonly (readonly [name: string, value: string])[] {
  const text = textOf(env, variable)
  if (text === undefined) return []
  if (text.length > LIMIT) throw invalid(variable, `at most ${LIMIT} characters`, String(text.length))
  const pairs: (readonly [string, string])[] = []
  for (const [index, part] of text.split(',').entries()) {
    if (part.trim() === '') continue
    const at = part.indexOf('=')
    const name = decode(part.slice(0, Math.max(0, at)))
    const value = decode(part.slice(at + 1))
    if (at === -1 || name === undefined || name === '' || value === undefined) {
      throw invalid(variable, 'a list such as name=value,other=value', `something else at pair ${index + 1}`)
    }
    pairs.push([name, value])
  }
  return pairs
}

/** Headers of a request, from such variables; a later one holds. */
export function headersOf(env: NodeJS.ProcessEnv, variables: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>()
  for (const variable of variables) {
    for (const [index, [name, value]] of pairsOf(env, variable).entries()) {
      const legal = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
      if (!legal)
        throw invalid(variable, 'a list of HTTP headers', `characters that no header has at pair ${index + 1}`)
      headers.set(name.toLowerCase(), value)
    }
  }
  return Object.fromEntries(headers)
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim())
  } catch {
    return undefined
  }
}
