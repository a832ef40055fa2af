import type { MicroDollars } from '../money.js'
import { USAGE_FIELDS } from '../usage.js'
import type { Usage } from '../usage.js'

/** Whom and what a model call is for. */
export interface CallContext {
  /** Absolute root of the project. */
  readonly project: string
  readonly session: string
  readonly task?: string | undefined
  readonly phase?: string | undefined
  readonly agent?: string | undefined
  readonly team?: string | undefined
  /** `claude`, `codex`, `gemini` ... */
  readonly provider: string
  readonly model?: string | undefined
}

/** A call that money was reserved for, or that was made. */
export interface Call extends CallContext {
  readonly id: string
  /** When it was entered, ISO 8601 in UTC: the day and month that it counts for. */
  readonly at: string
}

/** Who said what a call cost: the agent CLI, the organisation's price list, the public one. */
export type CostSource = 'host' | 'override' | 'list'

/** One line of a ledger. */
export type LedgerEntry =
  | ({ readonly kind: 'reserve'; readonly micros: MicroDollars; readonly tokens: number } & Call)
  | {
      readonly kind: 'settle'
      /** The reservation's. */
      readonly id: string
      readonly at: string
      /** What it cost; null where nobody knows. */
      readonly micros: MicroDollars | null
      readonly source: CostSource | null
      readonly usage: Usage
      readonly model?: string | undefined
    }
  /** The reservation was refused, or its call was never made. */
  | { readonly kind: 'void'; readonly id: string; readonly at: string }
  /** Somebody let a budget go further in one period. */
  | {
      readonly kind: 'raise'
      readonly id: string
      readonly at: string
      readonly budget: string
      readonly period: string
      readonly micros: MicroDollars
      readonly tokens: number
      readonly by: string
    }
  /** Somebody is told that a share of a budget is used up; the first line for it counts. */
  | {
      readonly kind: 'alert'
      readonly id: string
      readonly at: string
      readonly budget: string
      readonly period: string
      readonly percent: number
    }

const VERSION = 1
const MAX_LINE = 16_384
const TEXTS = [
  'id',
  'at',
  'project',
  'session',
  'task',
  'phase',
  'agent',
  'team',
  'provider',
  'model',
  'budget',
  'period',
  'by',
  'source',
] as const
const NEEDED: Readonly<Record<LedgerEntry['kind'], readonly string[]>> = {
  reserve: ['id', 'at', 'project', 'session', 'provider'],
  settle: ['id', 'at'],
  void: ['id', 'at'],
  raise: ['id', 'at', 'budget', 'period', 'by'],
  alert: ['id', 'at', 'budget', 'period'],
}

/** The entry as a line without its LF; undefined where it would be too long. */
export function formatEntry(entry: LedgerEntry): string | undefined {
  const line = JSON.stringify({ v: VERSION, ...entry })
  return Buffer.byteLength(line) > MAX_LINE ? undefined : line
}

/** Reads a line; undefined for what is none of ours: what a killed writer left of one, or somebody's edit. */
export function parseEntry(line: string): LedgerEntry | undefined {
  const fields = objectOf(line)
  const kind = fields?.kind
  if (fields?.v !== VERSION || typeof kind !== 'string' || !(kind in NEEDED)) return undefined
  const needed = NEEDED[kind as LedgerEntry['kind']] // checked above
  if (!needed.every((name) => typeof fields[name] === 'string' && fields[name] !== '')) return undefined
  if (!TEXTS.every((name) => fields[name] === undefined || fields[name] === null || typeof fields[name] === 'string'))
    return undefined
  if (!['micros', 'tokens', 'percent'].every((name) => isAmount(fields[name]))) return undefined
  if (kind === 'reserve' && (fields.micros == null || fields.tokens == null)) return undefined
  if (kind === 'settle' && (fields.micros === undefined || !isUsage(fields.usage))) return undefined
  if (kind === 'raise' && (fields.micros == null || fields.tokens == null)) return undefined
  if (kind === 'alert' && fields.percent == null) return undefined
  return fields as unknown as LedgerEntry // every field of its kind is there and of its type
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function isAmount(value: unknown): boolean {
  return value === undefined || value === null || (Number.isSafeInteger(value) && Number(value) >= 0)
}

function isUsage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  return USAGE_FIELDS.every((name) => fields[name] === undefined || (isAmount(fields[name]) && fields[name] !== null))
}
