import type { Usage } from '../usage.js'
import { microsOf } from '../money.js'
import type { MicroDollars } from '../money.js'
import { tokensOf } from '../usage.js'
import type { ModelPrice } from './overrides.js'

/** What a model call cost, and who says so. */
export interface Price {
  readonly micros: MicroDollars
  readonly source: 'override' | 'list'
}

/** How the agent CLIs name whom they call, in the words of the price list. */
const LISTED: Readonly<Record<string, string>> = { claude: 'anthropic', codex: 'openai', gemini: 'google' }

/**
 * Prices usage by the organisation's own prices, else by the public list of `@pydantic/genai-prices` at its bundled state.
 * Undefined where the model is in neither, or nothing was measured: an unknown price is not 0. Nothing is fetched.
 */
export async function priceOf(
  usage: Usage,
  { provider, model, overrides }: { provider: string; model: string; overrides: readonly ModelPrice[] },
): Promise<Price | undefined> {
  if (tokensOf(usage) === undefined) return undefined
  const own = overrides.find((one) => one.matches(provider, model))
  if (own !== undefined) return { micros: microsOf(own.dollars(usage)), source: 'override' }
  const { calcPrice } = await import('@pydantic/genai-prices') // 2 MB of prices, for those who measure
  const { input = 0, cacheRead = 0, cacheWrite = 0, output = 0 } = usage
  const counted = {
    input_tokens: input + cacheRead + cacheWrite,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    output_tokens: output,
  }
  const listed = LISTED[provider] ?? provider
  const price = calcPrice(counted, model, { providerId: listed }) ?? calcPrice(counted, model)
  return price === null ? undefined : { micros: microsOf(price.total_price), source: 'list' }
}
