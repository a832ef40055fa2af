import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, sep } from 'node:path'

/** Real path of a file that exists; undefined where there is none; throws where that cannot be told. */
export type RealPath = (path: string) => string | undefined

/** Which file a path means, whatever its spelling. */
export interface PathIdentity {
  /** The path behind all symbolic links; for a name that does not exist, the real parent with the name. */
  resolve(path: string): string
  /** The same, but a link in last place stands for itself: what `rm` and `mv` act on. */
  resolveEntry(path: string): string
}

/** A path that cannot be brought to an identity. */
export class UnresolvablePath extends Error {}

// Linux takes no longer path; more components than this are an attack on our time.
const MAX_PATH = 4096

/** The file system's answer, `undefined` where nothing is there. */
export function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UnresolvablePath(`${path} cannot be resolved (${String(code)})`, { cause: error })
  }
}

/** Resolves paths with `real`, each once. `cwd` is what `/proc/self/cwd` of the action means. */
export function pathIdentity(real: RealPath, cwd: string): PathIdentity {
  const known = new Map<string, string>()
  const resolve = (path: string): string => {
    const cached = known.get(path)
    if (cached !== undefined) return cached
    const resolved = resolvePath(path, real, cwd)
    known.set(path, resolved)
    return resolved
  }
  return {
    resolve,
    resolveEntry(path) {
      const end = /\/*$/.exec(path)?.index ?? path.length
      const slash = path.lastIndexOf('/', end - 1)
      const name = path.slice(slash + 1, end)
      // With a slash behind it a link is followed; `..` is no name.
      if (end < path.length || name === '' || name === '.' || name === '..') return resolve(path)
      const parent = resolve(path.slice(0, slash) || '/')
      return parent === '/' ? `/${name}` : `${parent}/${name}`
    },
  }
}

/** True where `path` is `folder` or lies in it. Both are real paths; `/proj-evil` is not in `/proj`. */
export function isWithin(path: string, folder: string): boolean {
  if (path === folder) return true
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

const PROCESS = String.raw`^\/+proc\/+(?:self|thread-self|\d+)(?:\/+task\/+\d+)?\/+`
const OWN_ROOT = new RegExp(`${PROCESS}root(?=\\/|$)`)
const OWN_FOLDER = new RegExp(`${PROCESS}cwd(?=\\/|$)`)
const BELOW_DESCRIPTOR = /^\/+(?:dev\/+fd|proc\/+(?:self|thread-self|\d+)\/+fd)\/+\d+\/+[^/]/

function resolvePath(path: string, real: RealPath, cwd: string): string {
  if (path.includes('\0')) throw new UnresolvablePath('a path holds a NUL byte')
  if (!isAbsolute(path)) throw new UnresolvablePath(`${path} is not absolute`)
  if (path.length > MAX_PATH)
    throw new UnresolvablePath(`a path has ${path.length} characters; at most ${MAX_PATH} are resolved`)
  // These links differ for each process: ours would lead elsewhere than the agent's.
  const own = path.replace(OWN_ROOT, '').replace(OWN_FOLDER, () => cwd)
  const plain = own === '' ? '/' : own
  if (BELOW_DESCRIPTOR.test(plain))
    throw new UnresolvablePath(`${path} leads through a descriptor of the process, which only it can follow`)
  if (!/\/\.\.?(?:\/|$)|\/\//.test(plain)) {
    const whole = real(plain)
    if (whole !== undefined) return whole
  }
  let current = '/'
  let exists = true
  for (const name of plain.split('/')) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      current = dirname(current)
      exists = true
      continue
    }
    const next = current === '/' ? `/${name}` : `${current}/${name}`
    const found: string | undefined = exists ? real(next) : undefined
    exists = found !== undefined
    current = found ?? next
  }
  return current
}
