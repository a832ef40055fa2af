import type { NamedPath } from '../rules/facts.js'
import { isWithin, UnresolvablePath } from '../paths/identity.js'
import type { Script } from './rule.js'

/** Where one path of an action leads. */
export interface Place {
  readonly use: NamedPath
  /** The spelling and, where it differs, the real path; lower case is kept. */
  readonly path: string
  readonly inProject: boolean
  readonly inTemporary: boolean
}

const cached = new WeakMap<Script, readonly Place[]>()

/** Every path that the action names or its command uses on this machine, where it is known. */
export function placesOf(script: Script): readonly Place[] {
  const before = cached.get(script)
  if (before !== undefined) return before
  const { facts, analysis } = script
  const uses = [...facts.named, ...(analysis?.writes ?? []), ...(analysis?.reads ?? [])].filter((use) => !use.remote)
  const places = uses.flatMap((use) => use.paths.flatMap((path) => placeOf(path, use, script)))
  cached.set(script, places)
  return places
}

function placeOf(path: string, use: NamedPath, { facts }: Script): readonly Place[] {
  let real: string
  try {
    const entry = use.access === 'remove' || use.access === 'move'
    real = entry ? facts.identity.resolveEntry(path) : facts.identity.resolve(path)
  } catch (error) {
    if (!(error instanceof UnresolvablePath)) throw error
    real = path
  }
  const inProject = isWithin(real, facts.project)
  const inTemporary = facts.temporary.some((folder) => isWithin(real, folder))
  const place = { use, path: real, inProject, inTemporary }
  // A device or descriptor is a link whose end says nothing: its name counts as well.
  return path.startsWith('/dev/') && real !== path ? [place, { ...place, path }] : [place]
}

/** True where a place changes what is there. */
export function changes({ use }: Place): boolean {
  return use.access !== 'read'
}
