import { posix } from 'node:path'
import type { Facts } from '../facts.js'
import { nameGlob } from './name-glob.js'
import { globForms, isName, pathGlob, splitPath } from './path.js'

/** How a path stands to a glob: it is meant, it may be (wildcards of the shell), what lies in it is, or none of these. */
export type Reach = 'in' | 'maybe' | 'holds' | 'out'

/** A glob of a policy that knows where it begins. */
export type AnchoredGlob = (
  path: string,
  use: { readonly spelled: boolean; readonly glob: boolean },
  facts: Facts,
) => Reach

/**
 * Compiles a glob: from the root where it begins with `/`, from the home folder with `~/`, anywhere where it is only a
 * name, else from the project. Real paths are compared with what the folders in front of it really are, spelled ones
 * with what they are called.
 */
export function anchoredGlob(pattern: string): AnchoredGlob {
  const forms = globForms(pattern).map(compileForm)
  return (path, use, facts) => {
    let best: Reach = 'out'
    for (const form of forms) {
      const reach = form(path, use, facts)
      if (reach === 'in') return 'in'
      if (reach === 'holds' || best === 'out') best = reach
    }
    return best
  }
}

// Some file systems do not tell `SECRETS` from `secrets`.
const FOLDS = process.platform === 'darwin' || process.platform === 'win32'
const fold = (path: string): string => (FOLDS ? path.toLowerCase() : path)

function compileForm(form: string): AnchoredGlob {
  const home = form === '~' || form.startsWith('~/')
  const anywhere = !home && isName(form)
  const names = splitPath(fold(home ? form.slice(2) : form))
  const wild = names.findIndex((name) => /[*?[\\]/.test(name))
  const literal = anywhere ? [] : names.slice(0, wild < 0 ? names.length : wild)
  const rest = anywhere ? ['**', ...names] : names.slice(literal.length)
  const meant = pathGlob(rest)
  const possible = pathGlob(rest, mayMeet)
  const folder = (facts: Facts): string => {
    if (anywhere || form.startsWith('/')) return `/${literal.join('/')}`
    return [home ? facts.home : facts.input.projectDir, ...literal].join('/')
  }
  return (path, { spelled, glob }, facts) => {
    const written = folder(facts)
    const asNamed = spelled || written === '/'
    const base = splitPath(fold(asNamed ? posix.normalize(written) : facts.identity.resolve(written)))
    const whole = splitPath(fold(path))
    if (!base.every((name, index) => whole.length <= index || name === whole[index]))
      return glob && base.every((name, index) => whole.length <= index || mayMeet(name)(whole[index] ?? ''))
        ? 'maybe'
        : 'out'
    if (whole.length < base.length) return 'holds'
    const inner = whole.slice(base.length)
    if (meant(inner)) return 'in'
    if (glob && possible(inner)) return 'maybe'
    return holds(rest, inner) ? 'holds' : 'out'
  }
}

/** Whether a folder lies above what the glob means, as far as the glob says by name. */
function holds(rest: readonly string[], folder: readonly string[]): boolean {
  return (
    folder.length < rest.length &&
    folder.every((name, index) => rest[index] !== '**' && nameGlob(rest[index] ?? '')(name))
  )
}

/** Whether a name of a glob and a name with wildcards of the shell may mean the same file. */
function mayMeet(pattern: string): (name: string) => boolean {
  const [start, end] = ends(pattern)
  const matches = nameGlob(pattern)
  return (name) => {
    if (!/[*?[{]|[@!+]\(/.test(name)) return matches(name)
    const [head, tail] = ends(name)
    // The shell's wildcards leave names with a dot in front alone, unless a dot is written.
    if (start.startsWith('.') && head === '' && !name.startsWith('[')) return false
    return (start.startsWith(head) || head.startsWith(start)) && (end.endsWith(tail) || tail.endsWith(end))
  }
}

/** What stands before the first wildcard of a name and behind its last. */
function ends(name: string): readonly [string, string] {
  const first = name.search(/[*?[{\\]|[@!+]\(/)
  if (first < 0) return [name, name]
  return [name.slice(0, first), /[^*?\]})\\]*$/.exec(name)?.[0] ?? '']
}
