import { CostError } from './error.js'

/** A millionth of a US dollar: the unit of every amount here. Amounts are whole numbers. */
export type MicroDollars = number

const DOLLARS = /^(\d{1,9})(?:\.(\d{1,6}))?$/

/** Whole micro-dollars of a decimal text such as `12.50`; undefined for anything else. */
export function parseDollars(text: string): MicroDollars | undefined {
  const [, whole, part = ''] = DOLLARS.exec(text) ?? []
  return whole === undefined ? undefined : Number(whole) * 1_000_000 + Number(part.padEnd(6, '0'))
}

/** `12.5` as micro-dollars, rounded up: a call never costs less than is written down. */
export function microsOf(dollars: number): MicroDollars {
  // A price such as 0.1 + 0.2 must not become a micro-dollar more by the last bit of its binary form.
  const micros = Math.ceil(Number((dollars * 1_000_000).toFixed(4)))
  if (Number.isSafeInteger(micros) && micros >= 0) return micros
  throw new CostError('INVALID_INPUT', `expected an amount of dollars, got ${String(dollars)}`)
}

/** `1.25`, with as many digits as are needed, at least two. */
export function formatDollars(micros: MicroDollars): string {
  const sign = micros < 0 ? '-' : ''
  const whole = Math.floor(Math.abs(micros) / 1_000_000)
  const part = String(Math.abs(micros) % 1_000_000)
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${sign}${whole}.${part}`
}
