import { readFileSync } from 'node:fs'
import { CostError } from '../error.js'
import type { Usage } from '../usage.js'

/** An organisation's own price of some models. */
export interface ModelPrice {
  matches(provider: string, model: string): boolean
  dollars(usage: Usage): number
}

const MAX_BYTES = 1_048_576
const RATES = ['input', 'cache_read', 'cache_write', 'output'] as const
const KEYS: ReadonlySet<string> = new Set(['provider', 'model', ...RATES])

/**
 * Reads a price list: JSON `{ "version": 1, "prices": [{ "provider", "model", "input", "cache_read", "cache_write", "output" }] }`,
 * dollars per million tokens. `model` may end in `*`; the first that matches holds. What is not priced of caches costs as much
 * as `input`. Throws `INVALID_SETTING`: a list that is half understood would make money of nothing.
 */
export function readPrices(file: string): readonly ModelPrice[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new CostError('INVALID_SETTING', `expected a price list at ${file}; it cannot be read`, { cause })
  }
  if (text.length > MAX_BYTES) throw new CostError('INVALID_SETTING', `expected at most ${MAX_BYTES} bytes in ${file}`)
  const { prices } = recordOf(parse(text, file), file)
  if (!Array.isArray(prices)) throw new CostError('INVALID_SETTING', `expected a list "prices" in ${file}`)
  return prices.map((price: unknown, at) =>
    modelPrice(recordOf(price, `prices[${at}] in ${file}`), `prices[${at}] in ${file}`),
  )
}

function modelPrice(fields: Readonly<Record<string, unknown>>, place: string): ModelPrice {
  for (const key of Object.keys(fields)) {
    if (!KEYS.has(key))
      throw new CostError('INVALID_SETTING', `"${key}" of ${place} is not known; expected ${[...KEYS].join(', ')}`)
  }
  const { provider, model } = fields
  if (typeof model !== 'string' || model === '' || (provider !== undefined && typeof provider !== 'string')) {
    throw new CostError('INVALID_SETTING', `expected ${place} to name a "model", and a "provider" or none`)
  }
  const input = rate(fields.input, 'input', place)
  const output = rate(fields.output, 'output', place)
  const cacheRead = fields.cache_read === undefined ? input : rate(fields.cache_read, 'cache_read', place)
  const cacheWrite = fields.cache_write === undefined ? input : rate(fields.cache_write, 'cache_write', place)
  const isPrefix = model.endsWith('*')
  const stem = isPrefix ? model.slice(0, -1) : model
  return {
    matches: (byProvider, byModel) =>
      (provider === undefined || provider === byProvider) && (isPrefix ? byModel.startsWith(stem) : byModel === stem),
    dollars: (usage) =>
      ((usage.input ?? 0) * input +
        (usage.cacheRead ?? 0) * cacheRead +
        (usage.cacheWrite ?? 0) * cacheWrite +
        (usage.output ?? 0) * output) /
      1_000_000,
  }
}

function rate(value: unknown, name: string, place: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0 && value <= 1_000_000) return value
  throw new CostError('INVALID_SETTING', `expected "${name}" of ${place} to be dollars per million tokens`)
}

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown> // checked
  throw new CostError('INVALID_SETTING', `expected an object as ${place}`)
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CostError('INVALID_SETTING', `expected JSON in ${file}`, { cause })
  }
}
