import { GuardError } from '../errors.js'

const FILE_LINE = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/

/**
 * Every path that an `apply_patch` envelope names (`*** Add File:`, `*** Update File:`, `*** Delete File:`,
 * `*** Move to:`), in order. A patch in which no path is found is refused: what it would write cannot be checked.
 */
export function patchPaths(patch: string): readonly string[] {
  const paths = patch.split(/\r?\n/).flatMap((line) => FILE_LINE.exec(line.trimEnd())?.[1]?.trim() ?? [])
  if (paths.length > 0) return paths
  throw new GuardError(
    'BAD_HOOK_INPUT',
    'apply_patch must name at least one file ("*** Update File: PATH"), found none.',
  )
}

/** What a patch would add: its `+` lines. */
export function patchContent(patch: string): string {
  return patch
    .split(/\r?\n/)
    .filter((line) => line.startsWith('+'))
    .map((line) => line.slice(1))
    .join('\n')
}
