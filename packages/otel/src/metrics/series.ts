/** Labels of one measurement. A name that the family does not have is passed over, and so is what is undefined. */
export type Labels = Readonly<Record<string, string | number | boolean | undefined>>

/** What one family measures. */
export interface FamilyOptions {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** The end of the name that is its unit: `seconds`. */
  readonly unit?: string
  /** The labels it may have, beside `project` and `tenant`, which all have. */
  readonly labels?: readonly string[]
  /** Upper bounds of a histogram, rising, without infinity. */
  readonly buckets?: readonly number[]
}

/** One line of numbers: of a counter or gauge its value, of a histogram its sum. */
export interface Series {
  readonly labels: readonly (readonly [name: string, value: string])[]
  /** Milliseconds since 1970 at which a counter or histogram began at zero. */
  startedAt: number
  value: number
  count: number
  readonly counts: number[]
}

/** A sum that only rises. */
export interface Counter {
  /** Adds; what is negative or no number is passed over. */
  add(value?: number, labels?: Labels): void
  /** Takes over a sum that is counted elsewhere. One below the last is a new beginning. */
  total(value: number, labels?: Labels): void
}

/** A value that goes up and down. It is absent until it is set: what was not measured is not zero. */
export interface Gauge {
  set(value: number, labels?: Labels): void
  /** Makes one series absent again, or all of them. */
  clear(labels?: Labels): void
}

/** How often measurements fell below each bound. */
export interface Histogram {
  record(value: number, labels?: Labels): void
}

const COMMON_LABELS = ['project', 'tenant'] as const
const VALUE_LIMIT = 128

/** The label values under which all that comes after the last allowed series is put together. */
const OTHER = 'other'

/** One metric with all its series. None of its calls throws, and the number of series has a limit. */
export class Family implements Counter, Gauge, Histogram {
  readonly options: FamilyOptions
  readonly series: Map<string, Series> = new Map<string, Series>()
  readonly #names: readonly string[]
  readonly #maxSeries: number
  readonly #now: () => number

  constructor(options: FamilyOptions, { maxSeries, now }: { readonly maxSeries: number; readonly now: () => number }) {
    this.options = options
    this.#names = [...(options.labels ?? []), ...COMMON_LABELS]
    this.#maxSeries = maxSeries
    this.#now = now
  }

  add(value = 1, labels: Labels = {}): void {
    if (!Number.isFinite(value) || value < 0) return
    this.#at(labels).value += value
  }

  total(value: number, labels: Labels = {}): void {
    if (!Number.isFinite(value) || value < 0) return
    const series = this.#at(labels)
    if (value < series.value) series.startedAt = this.#now()
    series.value = value
  }

  set(value: number, labels: Labels = {}): void {
    if (typeof value === 'number') this.#at(labels).value = value
  }

  clear(labels?: Labels): void {
    if (labels === undefined) this.series.clear()
    else this.series.delete(keyOf(this.#pick(labels)))
  }

  record(value: number, labels: Labels = {}): void {
    if (!Number.isFinite(value)) return
    const series = this.#at(labels)
    const bounds = this.options.buckets ?? []
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket += 1
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.count += 1
    series.value += value
  }

  #at(labels: Labels): Series {
    let picked = this.#pick(labels)
    let key = keyOf(picked)
    const found = this.series.get(key)
    if (found !== undefined) return found
    if (this.series.size >= this.#maxSeries) {
      picked = picked.map(([name]) => [name, OTHER] as const)
      key = keyOf(picked)
      const other = this.series.get(key)
      if (other !== undefined) return other
    }
    const counts = Array.from({ length: (this.options.buckets?.length ?? -1) + 1 }, () => 0)
    const series: Series = { labels: picked, startedAt: this.#now(), value: 0, count: 0, counts }
    this.series.set(key, series)
    return series
  }

  /** Always in the order of the family: the order in which a caller writes labels makes no series of its own. */
  #pick(labels: Labels): (readonly [string, string])[] {
    const picked: (readonly [string, string])[] = []
    try {
      for (const name of this.#names) {
        const value = Object.hasOwn(labels, name) ? labels[name] : undefined
        if (value === undefined) continue
        const text = String(value).slice(0, VALUE_LIMIT).toWellFormed()
        if (text !== '') picked.push([name, text]) // an empty label is an absent one
      }
    } catch {
      // A label of the caller cannot be read: it is missing.
    }
    return picked
  }
}

function keyOf(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}\u0000${value}`).join('\u0001')
}
