/** What an attribute may hold. Objects and arrays are copied when they are set; what JSON has no word for is told as text. */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue }

export type Attributes = Readonly<Record<string, AttributeValue>>

/** How much one span, event or resource may hold. */
export const LIMITS = {
  attributes: 128,
  events: 128,
  links: 32,
  name: 256,
  text: 4096,
  items: 128,
  values: 1024,
  depth: 4,
} as const

/** Attributes under their names, and about how many bytes they take on the wire. */
export interface AttributeBag {
  readonly values: Map<string, AttributeValue>
  bytes: number
  dropped: number
}

export function emptyBag(): AttributeBag {
  return { values: new Map(), bytes: 0, dropped: 0 }
}

/** Sets one attribute; `undefined` sets nothing, and one more than may be is counted. */
export function putAttribute(bag: AttributeBag, name: string, value: unknown): void {
  if (value === undefined || typeof name !== 'string' || name === '') return
  const key = boundText(name, LIMITS.name)
  if (bag.values.size >= LIMITS.attributes && !bag.values.has(key)) {
    bag.dropped += 1
    return
  }
  const copy = copyValue(value, 0, { left: LIMITS.values })
  const before = bag.values.get(key)
  bag.bytes += before === undefined ? 40 + key.length + sizeOf(copy) : sizeOf(copy) - sizeOf(before)
  bag.values.set(key, copy)
}

/** A name or a text as it is kept: cut at its limit, and never half a character. */
export function boundText(text: unknown, limit: number = LIMITS.text): string {
  if (typeof text !== 'string') return '' // callers in JavaScript may pass anything
  if (text.length <= limit) return text
  const end = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? limit - 1 : limit
  return text.slice(0, end)
}

/** How many values one value may hold in all: branches that meet again and again end here, cycles at the depth. */
interface Budget {
  left: number
}

/** A copy that nobody can change later. What cannot be read is told as a word in brackets. */
function copyValue(value: unknown, depth: number, budget: Budget): AttributeValue {
  budget.left -= 1
  switch (typeof value) {
    case 'string':
      return boundText(value)
    case 'number':
    case 'boolean':
    case 'bigint':
      return value
    case 'object':
      return value === null ? null : copyObject(value, depth, budget)
    default:
      return `[${typeof value}]`
  }
}

function copyObject(value: object, depth: number, budget: Budget): AttributeValue {
  if (depth >= LIMITS.depth) return '[deep]'
  try {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[date]' : value.toISOString()
    const whole = Array.isArray(value)
    const list: AttributeValue[] = []
    const copy = Object.create(null) as Record<string, AttributeValue> // no inherited names
    for (const key of Object.keys(value).slice(0, LIMITS.items)) {
      if (budget.left <= 0) break
      const item = copyValue((value as Readonly<Record<string, unknown>>)[key], depth + 1, budget)
      if (whole) list.push(item)
      else copy[boundText(key, LIMITS.name)] = item
    }
    return whole ? list : copy
  } catch {
    return '[unreadable]'
  }
}

function sizeOf(value: AttributeValue): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 16
  const items: readonly (readonly [string, AttributeValue])[] = Array.isArray(value)
    ? value.map((item: AttributeValue) => ['', item] as const)
    : Object.entries(value)
  return items.reduce((sum, [key, item]) => sum + 30 + key.length + sizeOf(item), 16)
}
