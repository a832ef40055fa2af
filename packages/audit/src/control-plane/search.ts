import { searchLog } from '../reading/search.js'
import type { AuditQuery } from '../reading/query.js'
import { controlPlaneEntryOf } from './entry.js'
import type { ControlPlaneEntry, ControlPlaneResult } from './types.js'

/** Which entries of the control-plane log to find; all given conditions must hold. */
export interface ControlPlaneQuery extends Pick<AuditQuery, 'since' | 'until' | 'last' | 'text' | 'seq'> {
  /** The user; `*` stands for any characters: `token:*`. */
  readonly user?: string | undefined
  /** The action; `*` stands for any characters: `session.*`. */
  readonly action?: string | undefined
  /** A part of the resource, or, with `*` for any characters, all of it: `session:*`. */
  readonly resource?: string | undefined
  readonly result?: ControlPlaneResult | undefined
}

/** Streams the entries of a control-plane log, by its folder, that answer a query, oldest first. */
export async function* searchControlPlane(
  dir: string,
  query: ControlPlaneQuery = {},
): AsyncGenerator<ControlPlaneEntry, void, undefined> {
  const { user, action, resource, result, last, ...rest } = query
  const asked = { ...rest, who: user, what: action, where: resource }
  if (result === undefined || last === undefined) {
    for await (const entry of searchLog(dir, { ...asked, last })) {
      const found = controlPlaneEntryOf(entry)
      if (result === undefined || found.result === result) yield found
    }
    return
  }
  const kept: ControlPlaneEntry[] = []
  for await (const entry of searchLog(dir, asked)) {
    const found = controlPlaneEntryOf(entry)
    if (found.result !== result) continue
    kept.push(found)
    if (kept.length >= last * 2) kept.splice(0, kept.length - last) // bounded, without shifting each time
  }
  yield* kept.slice(-last)
}
