import type { EntryPlace } from './sample.js'
import type { ControlReport } from './types.js'

/** Each entry that a report shows, once, in the order of the log. */
export function shownEntries(controls: readonly ControlReport[]): readonly EntryPlace[] {
  const shown = new Map<number, EntryPlace>()
  for (const { evidence, exceptions } of controls) {
    for (const place of evidence.flatMap(({ sample }) => sample)) shown.set(place.seq, place)
    for (const place of exceptions.flatMap(({ examples }) => examples)) shown.set(place.seq, place)
  }
  return [...shown.values()].sort((a, b) => a.seq - b.seq)
}
