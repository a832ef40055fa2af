import type { CallState } from '../ledger/state.js'
import { formatDollars } from '../money.js'
import { tokensOf } from '../usage.js'
import { csvLine } from './csv.js'

const COLUMNS: readonly (readonly [string, (state: CallState) => string | number | null | undefined])[] = [
  ['id', ({ call }) => call.id],
  ['at', ({ call }) => call.at],
  ['project', ({ call }) => call.project],
  ['team', ({ call }) => call.team],
  ['session', ({ call }) => call.session],
  ['task', ({ call }) => call.task],
  ['phase', ({ call }) => call.phase],
  ['agent', ({ call }) => call.agent],
  ['provider', ({ call }) => call.provider],
  ['model', (state) => modelOf(state)],
  ['input_tokens', ({ settled }) => settled?.usage.input],
  ['cache_read_tokens', ({ settled }) => settled?.usage.cacheRead],
  ['cache_write_tokens', ({ settled }) => settled?.usage.cacheWrite],
  ['output_tokens', ({ settled }) => settled?.usage.output],
  ['reasoning_tokens', ({ settled }) => settled?.usage.reasoning],
  ['cost_usd', ({ settled }) => dollars(settled?.micros)],
  ['cost_source', ({ settled }) => settled?.source],
  [
    'reserved_usd',
    ({ settled, reservedMicros }) => (settled === undefined ? formatDollars(reservedMicros) : undefined),
  ],
]

/** Every call as CSV (RFC 4180) with a line of names; what was not measured is empty. */
export function* callsCsv(calls: readonly CallState[]): Iterable<string> {
  yield csvLine(COLUMNS.map(([name]) => name))
  for (const state of calls) yield csvLine(COLUMNS.map(([, value]) => value(state)))
}

/** Who invoices for a provider, by the names that FinOps tools show. */
const PUBLISHERS: Readonly<Record<string, string>> = { claude: 'Anthropic', codex: 'OpenAI', gemini: 'Google' }

const FOCUS: readonly (readonly [string, (state: CallState) => string | number | null | undefined])[] = [
  ['BilledCost', ({ settled }) => dollars(settled?.micros)],
  ['BillingAccountId', ({ call }) => call.provider],
  ['BillingAccountName', ({ call }) => publisher(call.provider)],
  ['BillingCurrency', () => 'USD'],
  ['BillingPeriodStart', ({ call }) => monthStart(call.at, 0)],
  ['BillingPeriodEnd', ({ call }) => monthStart(call.at, 1)],
  ['ChargeCategory', () => 'Usage'],
  ['ChargeClass', () => null],
  ['ChargeDescription', (state) => `${modelOf(state) ?? 'model'} call`],
  ['ChargeFrequency', () => 'Usage-Based'],
  ['ChargePeriodStart', ({ call }) => call.at],
  ['ChargePeriodEnd', ({ call, settled }) => settled?.at ?? call.at],
  ['ConsumedQuantity', ({ settled }) => (settled === undefined ? null : tokensOf(settled.usage))],
  ['ConsumedUnit', () => 'Tokens'],
  ['ContractedCost', ({ settled }) => dollars(settled?.micros)],
  ['EffectiveCost', ({ settled }) => dollars(settled?.micros)],
  ['InvoiceIssuerName', ({ call }) => publisher(call.provider)],
  ['ListCost', ({ settled }) => dollars(settled?.micros)],
  ['PricingQuantity', ({ settled }) => (settled === undefined ? null : tokensOf(settled.usage))],
  ['PricingUnit', () => 'Tokens'],
  ['ProviderName', ({ call }) => publisher(call.provider)],
  ['PublisherName', ({ call }) => publisher(call.provider)],
  ['ResourceId', ({ call }) => call.id],
  ['ResourceName', (state) => modelOf(state)],
  ['ResourceType', () => 'Model'],
  ['ServiceCategory', () => 'AI and Machine Learning'],
  ['ServiceName', ({ call }) => publisher(call.provider)],
  ['SkuId', (state) => modelOf(state)],
  ['SubAccountId', ({ call }) => call.project],
  ['SubAccountName', ({ call }) => call.team],
  ['Tags', ({ call: { session, task, phase, agent } }) => JSON.stringify({ session, task, phase, agent })],
]

/**
 * Settled calls in the columns of the FinOps Open Cost and Usage Specification 1.0 (focus.finops.org). A call whose cost nobody
 * knows has none: it is not free.
 */
export function* focusCsv(calls: readonly CallState[]): Iterable<string> {
  yield csvLine(FOCUS.map(([name]) => name))
  for (const state of calls) if (state.settled !== undefined) yield csvLine(FOCUS.map(([, value]) => value(state)))
}

function modelOf({ call, settled }: CallState): string | undefined {
  return settled?.model ?? call.model
}

function publisher(provider: string): string {
  return PUBLISHERS[provider] ?? provider
}

function dollars(micros: number | null | undefined): string | undefined {
  return micros === null || micros === undefined ? undefined : formatDollars(micros)
}

function monthStart(at: string, months: number): string {
  const [year = 0, month = 1] = at.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString()
}
