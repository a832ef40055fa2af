import { GuardError } from '../errors.js'

/** Results nested deeper are not looked through; what is not looked through is withheld. */
const MAX_DEPTH = 64
/** Fields that say what a result is and where it comes from; a result without them would not be taken by its host. */
const STRUCTURE =
  /^(?:type|kind|mimeType|mediaType|encoding|.*[pP]ath|file_?[nN]ame|id|.*Id|model|resolvedModel|status)$/

/** Every text in a tool's result, in order. Throws `BAD_HOOK_INPUT` for a result that is nested too deeply. */
export function outputTexts(result: unknown): readonly string[] {
  const texts: string[] = []
  mapped(result, (text) => {
    texts.push(text)
    return text
  })
  return texts
}

/** The result with other texts in the places of its own, in the order of {@link outputTexts}. */
export function withTexts(result: unknown, texts: readonly string[]): unknown {
  let next = 0
  return mapped(result, () => texts[next++] ?? '')
}

/** The result in its shape, with one notice in the place of everything that it says. */
export function withheld(result: unknown, notice: string): unknown {
  return mapped(result, (text, name) => (text === '' || STRUCTURE.test(name) ? text : notice))
}

/** A result as the text that a model reads: of parts with a `text` those texts, of anything else its JSON. */
export function plainText(result: unknown): string {
  if (typeof result === 'string') return result
  const parts = Array.isArray(result) ? result : partsIn(result)
  const texts = parts?.map((part: unknown) => (typeof part === 'string' ? part : textOf(part)))
  if (texts?.every((text) => text !== undefined) === true) return texts.join('\n')
  return JSON.stringify(result)
}

function partsIn(result: unknown): readonly unknown[] | undefined {
  if (typeof result !== 'object' || result === null || !('content' in result)) return undefined
  return Array.isArray(result.content) ? result.content : undefined
}

function textOf(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null || !('text' in part)) return undefined
  return typeof part.text === 'string' ? part.text : undefined
}

function mapped(value: unknown, change: (text: string, name: string) => string, name = '', depth = 0): unknown {
  if (typeof value === 'string') return change(value, name)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH)
    throw new GuardError('BAD_HOOK_INPUT', 'The tool’s result is nested too deeply to be checked.')
  if (Array.isArray(value)) return value.map((item) => mapped(item, change, name, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change, key, depth + 1)]))
}
