import { posix } from 'node:path'
import { UnresolvablePath } from '../../paths/identity.js'
import { type Facts, isHarmlessDevice, type NamedPath } from '../facts.js'
import { anchoredGlob, type AnchoredGlob, type Reach } from './anchored-glob.js'
import { isRedirection, type Selection } from './command.js'
import { type Answer, anyOf, ASPECT, type Condition } from './condition.js'

/** What is done to a path. */
export type Access = 'read' | 'write'

/** What a `path` condition looks for. */
export interface PathWish {
  readonly globs: readonly string[]
  /** Undefined: either. */
  readonly access: Access | undefined
  /** The commands whose paths count; undefined: all. */
  readonly selection: Selection | undefined
}

/** `path`: the action, or one of its commands, uses a path of these in this way. */
export function pathCondition({ globs, access, selection }: PathWish): Condition {
  const compiled = globs.map(anchoredGlob)
  const usesOf = (facts: Facts, chosen: Selection | undefined): readonly NamedPath[] =>
    pathUses(facts, chosen).filter((use) => access === undefined || accessOf(use, facts).includes(access))
  return {
    field: 'path',
    wanted: globs,
    ...(access === undefined ? {} : { access }),
    aspects: ASPECT.file,
    ask(facts) {
      const { kind, paths } = facts.input
      if ((kind === 'file_read' || kind === 'file_write') && (paths === undefined || paths.length === 0))
        return access === undefined || kind.endsWith(access) ? 'missing' : 'no'
      return anyOf(usesOf(facts, selection).map((use) => askUse(use, compiled, facts)))
    },
    covers(facts) {
      const uses = pathUses(facts, undefined).filter((use) => !use.paths.every(isHarmlessDevice) || !use.known)
      return (
        uses.length > 0 &&
        uses.every(
          (use) =>
            (access === undefined || accessOf(use, facts).every((one) => one === access)) &&
            coversUse(use, compiled, facts),
        )
      )
    },
    found(facts) {
      const uses = usesOf(facts, selection)
      return uses.length === 0 ? 'nothing' : uses.map(({ text, access: how }) => `${text} (${how})`).join(', ')
    },
  }
}

function pathUses(facts: Facts, selection: Selection | undefined): readonly NamedPath[] {
  const { analysis, named } = facts
  if (analysis === undefined) return named
  const uses = [...analysis.writes, ...analysis.reads].filter((use) => !use.remote)
  if (selection === undefined) return [...named, ...uses]
  const programs = new Set(selection(facts).map((command) => command.program))
  return [...named, ...uses.filter(({ program }) => programs.has(program) || isRedirection(program))]
}

/** What is done to the path; either where the action does not say. */
function accessOf({ access, program }: NamedPath, { input }: Facts): readonly Access[] {
  const says = program !== input.kind || /^file_|^command$/.test(input.kind)
  return says ? [access === 'read' ? 'read' : 'write'] : ['read', 'write']
}

function askUse(use: NamedPath, globs: readonly AnchoredGlob[], facts: Facts): Answer {
  if (!use.known) return 'unknown'
  const reaches: Reach[] = []
  try {
    for (const path of use.paths) {
      if (isHarmlessDevice(path)) continue
      const spellings = { spelled: posix.normalize(path), real: realOf(use, path, facts) }
      for (const glob of globs) {
        reaches.push(glob(spellings.spelled, { spelled: true, glob: use.glob }, facts))
        reaches.push(glob(spellings.real, { spelled: false, glob: use.glob }, facts))
      }
    }
  } catch (error) {
    if (error instanceof UnresolvablePath) return 'unknown'
    throw error
  }
  if (reaches.includes('in')) return 'yes'
  if (reaches.includes('holds') && (use.recursive || use.access === 'move')) {
    if (use.filtered || use.access === 'read') return 'unknown'
    return 'yes'
  }
  return reaches.includes('maybe') ? 'unknown' : 'no'
}

function coversUse(use: NamedPath, globs: readonly AnchoredGlob[], facts: Facts): boolean {
  if (!use.known || use.remote || use.glob) return false
  try {
    return use.paths.every((path) => {
      const real = realOf(use, path, facts)
      return globs.some((glob) => glob(real, { spelled: false, glob: false }, facts) === 'in')
    })
  } catch (error) {
    if (error instanceof UnresolvablePath) return false
    throw error
  }
}

// What `rm` and `mv` act on is a link itself.
function realOf(use: NamedPath, path: string, facts: Facts): string {
  return use.access === 'remove' || use.access === 'move'
    ? facts.identity.resolveEntry(path)
    : facts.identity.resolve(path)
}
