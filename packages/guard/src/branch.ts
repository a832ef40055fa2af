import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * The git branch checked out at a folder, read from `HEAD` without running git; `undefined` outside a repository, on a
 * detached `HEAD`, or where it cannot be read. Policies that need it then refuse.
 *
 * A linked work tree's `.git` is a file that names its folder (gitrepository-layout(5)).
 */
export function currentBranch(cwd: string): string | undefined {
  try {
    const head = readFileSync(join(gitFolder(cwd), 'HEAD'), 'utf8')
    return /^ref: refs\/heads\/(.+)\n?$/.exec(head)?.[1]
  } catch {
    return undefined
  }
}

/** The nearest folder at or above `cwd` that holds a `.git` or a `.loki`; `cwd` itself if there is none. */
export function projectRoot(cwd: string): string {
  for (let dir = cwd; ; dir = dirname(dir)) {
    if (exists(join(dir, '.loki')) || exists(join(dir, '.git'))) return dir
    if (dir === dirname(dir)) return cwd
  }
}

function gitFolder(cwd: string): string {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const dotGit = join(dir, '.git')
    const stats = statSync(dotGit, { throwIfNoEntry: false })
    if (stats?.isDirectory()) return dotGit
    if (stats?.isFile())
      return resolve(
        dir,
        readFileSync(dotGit, 'utf8')
          .replace(/^gitdir: /, '')
          .trimEnd(),
      )
    if (dir === dirname(dir)) throw new Error('not inside a git repository')
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
