/** A plain value in TOML 1.0 on one line: tables become inline tables. */
export function tomlInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlInline).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).filter(([, item]) => item !== undefined)
    return `{${pairs.map(([key, item]) => `${tomlString(key)} = ${tomlInline(item)}`).join(', ')}}`
  }
  return typeof value === 'string' ? tomlString(value) : JSON.stringify(value)
}

/** A basic string. It escapes as JSON does, and DEL too (TOML 1.0, "String"). */
function tomlString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\u007f', '\\u007F')
}
