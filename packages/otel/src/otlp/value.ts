import type { AttributeBag, AttributeValue, Attributes } from '../trace/attributes.js'

/** An AnyValue of OTLP in JSON: enums are numbers, 64-bit integers are texts. */
type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Readonly<Record<string, never>>

export interface KeyValue {
  readonly key: string
  readonly value: AnyValue
}

/** Changes every text before it leaves: what takes secrets out. */
export type Redact = (text: string) => string

export function keyValues(attributes: AttributeBag | Attributes, redact: Redact): KeyValue[] {
  const entries = isBag(attributes) ? attributes.values : Object.entries(attributes)
  return [...entries].map(([key, value]) => ({ key, value: anyValue(value, redact) }))
}

/** The value as OTLP has it. A whole number that no int64 can hold, NaN and infinities are doubles. */
function anyValue(value: AttributeValue, redact: Redact): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: redact(value) }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { intValue: String(value) }
        : { doubleValue: jsonDouble(value) }
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? { intValue: String(value) } : { stringValue: String(value) }
    case 'object':
      return value === null ? {} : composite(value, redact)
    default:
      return {}
  }
}

/** JSON has no word for these three; the protobuf mapping of JSON writes them as texts. */
export function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

/** Nanoseconds since 1970 as a text: they exceed what a number holds. */
export function nanoseconds(milliseconds: number, more = 0): string {
  const whole = Math.floor(milliseconds)
  const rest = Math.round((milliseconds - whole + more) * 1e6)
  return Number.isSafeInteger(whole) && Number.isSafeInteger(rest) && whole >= 0
    ? String(BigInt(whole) * 1_000_000n + BigInt(rest))
    : '0'
}

function composite(value: object, redact: Redact): AnyValue {
  if (Array.isArray(value)) {
    return { arrayValue: { values: value.map((item: AttributeValue) => anyValue(item, redact)) } }
  }
  const entries = Object.entries(value as Attributes) // attributes are copied when they are set: plain, and of these types
  return { kvlistValue: { values: entries.map(([key, item]) => ({ key, value: anyValue(item, redact) })) } }
}

function isBag(attributes: AttributeBag | Attributes): attributes is AttributeBag {
  return attributes.values instanceof Map
}
