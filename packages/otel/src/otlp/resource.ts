import type { Attributes } from '../trace/attributes.js'
import { keyValues, type KeyValue } from './value.js'

/** Who made these: the same for all that a program sends. */
export interface Resource {
  readonly attributes: readonly KeyValue[]
  readonly droppedAttributesCount: number
}

/** Which library made these. */
export interface Scope {
  readonly name: string
  readonly version: string
}

export const SCOPE: Scope = { name: '@loki/otel', version: '0.1.0' }

export function resourceOf(attributes: Attributes): Resource {
  return { attributes: keyValues(attributes, (text) => text), droppedAttributesCount: 0 }
}
