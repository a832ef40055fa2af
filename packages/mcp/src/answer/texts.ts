import { isUtf8 } from 'node:buffer'
import { isFields } from '../json.js'

/** Deeper than any result of a tool; what lies below is not shown. */
const MAX_DEPTH = 64

/** Changes one text. The key is that under which it lies; a list lies under the key of the list. */
export type TextChange = (text: string, key?: string) => string

/**
 * The same value with every text in it changed: at any depth, in keys, and in the text of embedded files. The order in which
 * texts come is always the same.
 */
export function mapTexts<T>(value: T, change: TextChange): T {
  return mapped(value, { change, key: undefined, depth: 0 }) as T // the same shape: only texts are changed
}

/** Every text of a value, in the order in which {@link mapTexts} comes to them. */
export function textsOf(value: unknown): readonly string[] {
  const texts: string[] = []
  mapTexts(value, (text) => {
    texts.push(text)
    return text
  })
  return texts
}

/** The same value with other texts, as {@link textsOf} gave them. */
export function withTexts<T>(value: T, texts: readonly string[]): T {
  let next = 0
  return mapTexts(value, (text) => texts[next++] ?? text)
}

interface Place {
  readonly change: TextChange
  readonly key: string | undefined
  readonly depth: number
}

function mapped(value: unknown, place: Place): unknown {
  const { change, key, depth } = place
  if (typeof value === 'string') return change(value, key)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[too deep to be checked]'
  if (Array.isArray(value)) return value.map((inner) => mapped(inner, { change, key, depth: depth + 1 }))
  if (!isFields(value)) return value
  const media = value.type === 'image' || value.type === 'audio'
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      // Pictures and sound are bytes: what looks like a secret in their base64 is none.
      if (media && name === 'data') return [name, inner]
      if (name === 'blob' && typeof inner === 'string') return [name, mappedBlob(inner, change)]
      return [change(name), mapped(inner, { change, key: name, depth: depth + 1 })]
    }),
  )
}

/** The bytes of an embedded file: where they are text, they count as one. */
function mappedBlob(blob: string, change: TextChange): string {
  const bytes = Buffer.from(blob, 'base64')
  if (!isUtf8(bytes)) return blob
  const text = bytes.toString('utf8')
  const other = change(text)
  return other === text ? blob : Buffer.from(other, 'utf8').toString('base64')
}
