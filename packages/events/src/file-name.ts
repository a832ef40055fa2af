/** What a file name in `pending/` tells about its writer. */
export type Origin = {
  /** 64-bit hex of the emitter, or undefined for a writer that does not count. */
  readonly emitter: string | undefined
  /** Position among that emitter's events; 0 where there is none. */
  readonly counter: number
}

const COUNTED = /_([0-9a-f]{16})-(\d{12})\.json$/

/** The id of an emitter's nth event. */
export function eventId(emitter: string, counter: number): string {
  return `${emitter}-${String(counter).padStart(12, '0')}`
}

/** The file name of an event: readable by time, unique by id. */
export function eventFileName(timestamp: string, id: string): string {
  return `${timestamp.replaceAll(':', '-')}_${id}.json`
}

/** Whether a name in `pending/` is that of an event. `.lock` siblings, hidden and temporary files are not. */
export function isEventFile(name: string): boolean {
  return name.endsWith('.json') && !name.startsWith('.')
}

/** The event id inside a file name. */
export function idOf(name: string): string {
  return name.slice(name.lastIndexOf('_') + 1, -'.json'.length)
}

/** Who wrote the file of this name, and as which of its events. */
export function originOf(name: string): Origin {
  const match = COUNTED.exec(name)
  if (match === null) return { emitter: undefined, counter: 0 }
  return { emitter: match[1], counter: Number(match[2]) }
}

/**
 * The names whose predecessors are known to be among them, in the order in which they are to be numbered.
 *
 * A listing is not a snapshot: it may show an emitter's fifth event and miss its fourth, which was renamed into the
 * folder earlier. A second listing that begins after the first ended shows every predecessor of all that the first
 * showed, so of the second are taken, for each emitter, only names up to the highest counter in the first.
 *
 * Names sort by time, and each emitter's names are then put in the order of its counter, because clocks step back.
 * Names without a counter keep the order of their times, which is the best that can be had.
 */
export function admissible(first: readonly string[], second: readonly string[]): string[] {
  const highest = new Map<string, number>()
  const uncounted = new Set<string>()
  for (const name of first) {
    const { emitter, counter } = originOf(name)
    if (emitter === undefined) uncounted.add(name)
    else if (counter > (highest.get(emitter) ?? -1)) highest.set(emitter, counter)
  }

  const names: { readonly name: string; readonly emitter: string | undefined; readonly counter: number }[] = []
  const queues = new Map<string, { name: string; counter: number }[]>()
  for (const name of second.toSorted()) {
    const { emitter, counter } = originOf(name)
    if (emitter === undefined) {
      if (uncounted.has(name)) names.push({ name, emitter, counter })
    } else if (counter <= (highest.get(emitter) ?? -1)) {
      names.push({ name, emitter, counter })
      const queue = queues.get(emitter)
      if (queue === undefined) queues.set(emitter, [{ name, counter }])
      else queue.push({ name, counter })
    }
  }

  // Filled from the end, so that taking the next one is a pop.
  for (const queue of queues.values()) queue.sort((a, b) => b.counter - a.counter)
  return names.map(({ name, emitter }) => (emitter === undefined ? name : (queues.get(emitter)?.pop()?.name ?? name)))
}
