import { expandBraces, nameGlob } from './name-glob.js'

/** Says whether a path, split into its names, is meant by a glob. It does not look at the file system. */
export type PathGlob = (path: readonly string[]) => boolean

/**
 * Whether a path is meant by a glob, or lies below one that is: `*` any characters of one name, `**` any folders, `?` one
 * character, `[a-z]` one of these, `{a,b}` either. A glob without a slash means that name in any folder.
 */
export function matchesPath(pattern: string, path: string): boolean {
  const names = splitPath(path)
  return globForms(isName(pattern) ? `**/${pattern}` : pattern).some((form) => pathGlob(splitPath(form))(names))
}

/** True for a glob that means a name in whatever folder: it has no slash but one at its end. */
export function isName(pattern: string): boolean {
  return !/\/./.test(pattern) && !pattern.startsWith('/')
}

/** Compiles a glob, split into its names; `compile` makes of one name what is to be compared with one of a path. */
export function pathGlob(
  pattern: readonly string[],
  compile: (name: string) => (name: string) => boolean = nameGlob,
): PathGlob {
  // What lies below a path that matches, matches.
  const names = [...pattern, '**'].map((name) => (name === '**' ? DEEP : compile(name)))
  return (path) => matchesNames(names, path)
}

/** The globs that braces stand for. */
export function globForms(pattern: string): readonly string[] {
  return expandBraces(pattern, MAX_FORMS)
}

/** The names of a path without empty ones and `.`. */
export function splitPath(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}

/** Why a glob is not taken; undefined where it is. */
export function refuseGlob(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN) return `has ${pattern.length} characters; at most ${MAX_PATTERN} are taken`
  if (pattern.startsWith('!')) return 'begins with "!", which means nothing here; write an entry with action: allow'
  if (pattern.includes('\0')) return 'holds a NUL byte'
  if (/(^|[/{,])\.\.([/},]|$)/.test(pattern)) return 'holds ".."; write the folder out'
  if (globForms(pattern).length > MAX_FORMS) return `stands for more than ${MAX_FORMS} globs; use fewer braces`
  return undefined
}

const MAX_PATTERN = 256
const MAX_FORMS = 64
const DEEP = Symbol('any folders')

// Only the last `**` is tried again: what an earlier one could take, it can take too.
function matchesNames(names: readonly (typeof DEEP | ((name: string) => boolean))[], path: readonly string[]): boolean {
  let at = 0
  let place = 0
  let deep = -1
  let retry = 0
  while (place < path.length) {
    const name = names[at]
    if (name === DEEP) {
      deep = at
      at += 1
      retry = place
    } else if (name?.(path[place] ?? '') === true) {
      at += 1
      place += 1
    } else if (deep >= 0) {
      at = deep + 1
      retry += 1
      place = retry
    } else return false
  }
  while (names[at] === DEEP) at += 1
  return at === names.length
}
